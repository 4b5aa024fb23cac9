//! What memory a dead collector costs.

use std::fs;
use std::time::Duration;

use clearpool::telemetry::{OtlpOptions, SpanMode, TelemetryOptions, init};
use cpu_time::ThreadTime;
use pool_core::Endpoint;
use pool_tokio::Pool;

use crate::collector;
use crate::setting::Plain;

/// What was seen with one dead collector.
#[derive(Debug, Clone)]
pub struct Held {
    /// What the collector does.
    pub collector: &'static str,
    /// Leases, each with a span.
    pub leases: u32,
    /// Memory of the process before, after a tenth of the leases and after all of them, in KiB.
    pub resident: [u64; 3],
    /// What a lease cost, in nanoseconds of the thread's CPU time.
    pub lease: f64,
    /// Spans that the telemetry says at its end that it could not deliver.
    pub undelivered: u64,
}

/// So many leases with a collector that refuses, and with one that never answers.
pub async fn measure(leases: u32) -> Vec<Held> {
    let (_listener, silent) = collector::silent();
    vec![
        with("refuses connections", &collector::refusing(), leases).await,
        with("accepts and never answers", &silent, leases).await,
    ]
}

async fn with(collector: &'static str, url: &str, leases: u32) -> Held {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.otlp = Some(OtlpOptions::new(url));
    options.spans = SpanMode::All;
    let telemetry = init(&options).expect("well-formed");
    let pool = Pool::builder(Plain).endpoints([Endpoint::new("nowhere:1")]);
    let pool = pool.observer(telemetry.observer().expect("spans are wanted")).build().expect("well-formed");
    turns(&pool, 100).await;
    let before = resident();
    let started = ThreadTime::now();
    turns(&pool, leases / 10).await;
    let early = resident();
    turns(&pool, leases - leases / 10).await;
    let took = started.elapsed();
    let after = resident();
    drop(pool);
    let undelivered = telemetry.shutdown(Duration::from_millis(500)).map_or_else(|left| left.spans, |()| 0);
    let lease = took.as_nanos() as f64 / f64::from(leases);
    Held { collector, leases, resident: [before, early, after], lease, undelivered }
}

async fn turns(pool: &Pool<Plain>, leases: u32) {
    for _ in 0..leases {
        pool.acquire().await.unwrap_or_else(|_| unreachable!("nothing can fail"));
    }
}

/// The memory of this process, in KiB; 0 where the system does not tell it like Linux.
fn resident() -> u64 {
    const PAGE: u64 = 4;
    let told = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    told.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}
