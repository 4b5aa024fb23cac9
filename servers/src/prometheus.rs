//! Prometheus.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::find::find_program;
use crate::http;
use crate::launch::Launch;
use crate::process::Process;
use crate::queries::Queries;
use crate::serve::serve;

/// Prometheus, and what it is to do.
#[derive(Debug, Clone)]
pub struct Prometheus {
    program: PathBuf,
    targets: Vec<(String, SocketAddr)>,
    rules: Vec<PathBuf>,
    flags: Vec<String>,
}

/// A Prometheus at work, with an empty database of its own. It scrapes and evaluates every second.
#[derive(Debug)]
pub struct PrometheusServer {
    process: Process,
    address: SocketAddr,
}

impl Prometheus {
    /// The Prometheus of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Prometheus> {
        let program = find_program("Prometheus", "prometheus", "prometheus")?;
        Some(Prometheus { program, targets: Vec::new(), rules: Vec::new(), flags: Vec::new() })
    }

    /// A target, which is scraped at `/metrics`, and the job that it belongs to.
    pub fn scrape(mut self, job: &str, target: SocketAddr) -> Prometheus {
        self.targets.push((job.to_owned(), target));
        self
    }

    /// A file of rules.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn rules(mut self, file: &Path) -> Prometheus {
        self.rules.push(file.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        self
    }

    /// A flag of the command line, such as `--web.cors.origin=.*`.
    pub fn flag(mut self, flag: &str) -> Prometheus {
        self.flags.push(flag.to_owned());
        self
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> PrometheusServer {
        let is_ready = |at: &[SocketAddr; 1]| http::get(at[0], "/-/ready").is_ok_and(|answer| answer.status == 200);
        let (process, [address]) = serve(|[address]| self.launch(*address), is_ready);
        PrometheusServer { process, address }
    }

    fn launch(&self, address: SocketAddr) -> Launch {
        let launch = Launch::new("Prometheus", &self.program);
        let file = launch.directory().join("prometheus.yml");
        let data = launch.directory().join("data");
        std::fs::write(&file, self.config()).expect("a directory to write in");
        launch
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--enable-feature=exemplar-storage")
            .args(&self.flags)
    }

    fn config(&self) -> String {
        let mut config = "global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }\n".to_owned();
        let rules: Vec<String> = self.rules.iter().map(|file| quoted(&file.display().to_string())).collect();
        let _ = writeln!(config, "rule_files: [{}]\nscrape_configs:", rules.join(", "));
        for (job, target) in &self.targets {
            let target = quoted(&target.to_string());
            let job = quoted(job);
            let _ = writeln!(config, "  - {{ job_name: {job}, static_configs: [{{ targets: [{target}] }}] }}");
        }
        config
    }
}

/// Text as YAML has it; JSON is a part of that.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl PrometheusServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way to ask it.
    pub fn queries(&self) -> Queries {
        Queries::new(self.address)
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
