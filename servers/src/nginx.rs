//! nginx.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::authority::Papers;
use crate::find::find_program;
use crate::http;
use crate::launch::Launch;
use crate::patience::{LONG, eventually};
use crate::process::Process;
use crate::serve::serve;

/// nginx, and what its one server does. It answers every path with `nginx\n`, unless a directive says otherwise.
#[derive(Debug, Clone)]
pub struct Nginx {
    program: PathBuf,
    workers: u32,
    listen: &'static str,
    directives: Vec<String>,
}

/// An nginx at work.
#[derive(Debug)]
pub struct NginxServer {
    process: Process,
    program: PathBuf,
    place: TempDir,
    address: SocketAddr,
}

impl Nginx {
    /// The nginx of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Nginx> {
        let program = find_program("nginx", "nginx", "nginx")?;
        Some(Nginx { program, workers: 1, listen: "", directives: Vec::new() })
    }

    /// A directive of its server, such as `keepalive_timeout 1s;` or `location /teapot { return 418; }`.
    pub fn directive(mut self, directive: &str) -> Nginx {
        self.directives.push(directive.to_owned());
        self
    }

    /// It speaks TLS, with these papers, and in it HTTP/2 with whoever wants that. With `clients`, only with those who
    /// have papers that these roots vouch for.
    pub fn tls(self, papers: &Papers, clients: Option<&Path>) -> Nginx {
        let files =
            format!("ssl_certificate {}; ssl_certificate_key {};", papers.certificate.display(), papers.key.display());
        let nginx = Nginx { listen: " ssl http2", ..self }.directive(&files);
        match clients {
            Some(roots) => {
                nginx.directive(&format!("ssl_verify_client on; ssl_client_certificate {};", roots.display()))
            }
            None => nginx,
        }
    }

    /// It speaks TLS, with these papers, and in it HTTP/1.1 only.
    pub fn without_http2(self, papers: &Papers) -> Nginx {
        Nginx { listen: " ssl", ..self.tls(papers, None) }
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn start(&self) -> NginxServer {
        let place = tempfile::tempdir().expect("a directory");
        let launch = |[address]: &[SocketAddr; 1]| {
            fs::write(config_in(&place), self.config(&place, *address)).expect("a file");
            launch(&self.program, &place)
        };
        let (process, [address]) = serve(launch, |[address]| answers(*address));
        NginxServer { process, program: self.program.clone(), place, address }
    }

    fn config(&self, place: &TempDir, address: SocketAddr) -> String {
        let place = place.path().display();
        // Whoever starts it as root is root in its workers, too: they must get at what is in our directory.
        let user = if fs::metadata("/proc/self").is_ok_and(|own| is_roots(&own)) { "user root;" } else { "" };
        let Nginx { workers, listen, directives, .. } = self;
        let directives = directives.join("\n        ");
        format!(
            "daemon off; {user} pid {place}/pid; error_log stderr notice; worker_processes {workers};
worker_shutdown_timeout 5s;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    server {{
        listen {address}{listen};
        root {place}/files;
        location / {{ return 200 \"nginx\\n\"; }}
        {directives}
    }}
}}
"
        )
    }
}

#[cfg(unix)]
fn is_roots(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(file) == 0
}

#[cfg(not(unix))]
fn is_roots(_: &fs::Metadata) -> bool {
    false
}

fn config_in(place: &TempDir) -> PathBuf {
    place.path().join("nginx.conf")
}

fn launch(program: &Path, place: &TempDir) -> Launch {
    Launch::new("nginx", program).arg("-p").arg(place.path()).args(["-e", "stderr", "-c"]).arg(config_in(place))
}

/// Whether nginx itself answers there. Where it speaks TLS, it complains in plain HTTP, which will do.
fn answers(address: SocketAddr) -> bool {
    http::get(address, "/").is_ok_and(|answer| answer.head.to_lowercase().contains("server: nginx"))
}

impl NginxServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Puts a file where a `location` without `return` serves it from: `/big` for the path `/big`.
    ///
    /// # Panics
    ///
    /// If it cannot be written.
    pub fn put(&self, name: &str, content: &[u8]) {
        let files = self.place.path().join("files");
        fs::create_dir_all(&files).expect("a directory");
        fs::write(files.join(name), content).expect("a file");
    }

    /// Kills the processes that serve, as a crash would; nginx starts others in their place. Waits for that.
    ///
    /// # Panics
    ///
    /// If none are started.
    pub fn kill_workers(&self) {
        let before = self.process.below();
        for &worker in &before {
            crate::pause::signal_tree("KILL", worker);
        }
        eventually("other workers", || {
            let now = self.process.below();
            (!now.is_empty() && now.iter().all(|worker| !before.contains(worker))).then_some(())
        });
    }

    /// Starts it again, on the same port, if it was killed; else it is killed before.
    ///
    /// # Panics
    ///
    /// If it does not start, with its log.
    pub fn restart(&mut self) {
        self.process.kill();
        self.process = launch(&self.program, &self.place).start();
        let ready = self.process.until(LONG, |_| answers(self.address).then_some(()));
        ready.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
