//! The demo, played once for all tests, with a real Prometheus that scrapes it every second, and a real
//! collector that it sends to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use clearpool_servers::{LONG, Launch, Process, Prometheus, PrometheusServer, Queries, Rotel, RotelServer, eventually};

/// How long the demo plays. All its parts take a share of that.
const PLAYS_FOR: &str = "25s";

/// What the play left: the server with the metrics, and when they are from.
pub(crate) struct Live {
    prometheus: PrometheusServer,
    collector: RotelServer,
    /// The first and the last scrape, in seconds since 1970.
    pub(crate) from: f64,
    pub(crate) until: f64,
}

static LIVE: OnceLock<Live> = OnceLock::new();

/// The play, once it is over. `None` if a server is missing; that has been told.
pub(crate) fn live() -> Option<&'static Live> {
    let (prometheus, collector) = (Prometheus::find()?, Rotel::find()?.brief());
    Some(LIVE.get_or_init(|| Live::play(prometheus, &collector)))
}

impl Live {
    fn play(prometheus: Prometheus, collector: &Rotel) -> Live {
        let collector = collector.start();
        let demo = Launch::new("the demo", env!("CARGO_BIN_EXE_clearpool"))
            .args(["demo", "--plain", "--for", PLAYS_FOR])
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.http())
            .start();
        let target = demo.until(LONG, |log| metrics_address(&log.output())).expect("the demo starts");
        let rules = rule_files().iter().fold(prometheus, |prometheus, file| prometheus.rules(file));
        let server = rules.scrape("clearpool", target).start();
        wait_for_its_end(&demo);
        let (from, until) = scraped(server.queries());
        Live { prometheus: server, collector, from, until }
    }

    /// What the collector wrote of what it was sent.
    pub(crate) fn collected(&self) -> String {
        self.collector.process().log().text()
    }

    /// The way to ask the Prometheus.
    pub(crate) fn queries(&self) -> Queries {
        self.prometheus.queries()
    }
}

/// Whether it held what it promises is asked elsewhere: here all that counts is that it was there.
fn wait_for_its_end(demo: &Process) {
    demo.wait(2 * LONG);
    let said = demo.log().output();
    assert!(said.contains("Summary"), "the demo did not come to its end:\n{}", demo.log().tail());
}

/// The address in the line `metrics    http://ADDRESS/metrics`.
fn metrics_address(said: &str) -> Option<SocketAddr> {
    let line = said.lines().find(|line| line.starts_with("metrics "))?;
    line.split_once("http://")?.1.split('/').next()?.parse().ok()
}

/// The times of the first and the last sample of something that is always there.
fn scraped(queries: Queries) -> (f64, f64) {
    let query = "clearpool_connection_max[1h]";
    let series = eventually("scrapes of the demo", || queries.instant(query, None).ok().filter(|all| !all.is_empty()));
    let samples = &series[0].samples;
    assert!(samples.len() >= 10, "{} scrapes in {PLAYS_FOR}", samples.len());
    (samples[0].at, samples[samples.len() - 1].at)
}

/// The directory of the dashboards and rules.
pub(crate) fn dashboards() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards")
}

/// Every file of rules that operators are given.
pub(crate) fn rule_files() -> Vec<PathBuf> {
    files(&dashboards().join("prometheus"), &["yml", "yaml"])
}

/// The files of a directory that end so, in order; none if there is no such directory.
pub(crate) fn files(directory: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let ends_so = |path: &PathBuf| path.extension().is_some_and(|end| ends.iter().any(|one| end == *one));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file() && ends_so(path)).collect();
    files.sort();
    files
}

/// Time enough for windows to have something in them.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
