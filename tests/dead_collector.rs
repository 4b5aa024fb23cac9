//! A million leases, each with a span, and no collector that takes them: leases go on, memory does
//! not grow, and what is lost is counted. In a process of its own, whose memory is looked at.

use std::convert::Infallible;
use std::net::TcpListener;
use std::time::Duration;

use clearpool::telemetry::{OtlpOptions, Setup, SpanMode, TelemetryOptions, Undelivered};
use pool_core::{ConnectCx, Connector};
use pool_tokio::Pool;

const LEASES: u64 = 1_000_000;

/// Room for what the allocator does besides: a span that is kept takes about a kilobyte, so a
/// million of them would take a thousand times as much.
const MIB: u64 = 8;

struct Plain;

impl Connector for Plain {
    type Connection = ();
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn a_million_leases_with_a_dead_collector_take_no_memory_and_wait_for_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let refusing = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    for address in [refusing, silent.local_addr().expect("bound")] {
        let (early, late, undelivered) = lease_a_million(&format!("http://{address}"));
        assert!(late <= early + MIB * 1024, "{early} KiB after a tenth of the leases, {late} KiB after all");
        assert!(undelivered.spans > LEASES, "{undelivered}: the dial's, too");
    }
}

/// The memory after a tenth of the leases and after all, in KiB, and what the telemetry says at its end.
fn lease_a_million(url: &str) -> (u64, u64, Undelivered) {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.otlp = Some(OtlpOptions::new(url));
    options.spans = SpanMode::All;
    let telemetry = Setup::new(&options).environment(|_| None).start().expect("well-formed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (early, late) = runtime.block_on(async {
        let pool = Pool::builder(Plain).endpoints(["a:1"]);
        let pool = pool.observer(telemetry.observer().expect("spans are wanted")).build().expect("well-formed");
        lease(&pool, LEASES / 10).await;
        let early = resident();
        lease(&pool, LEASES - LEASES / 10).await;
        (early, resident())
    });
    let started = tokio::time::Instant::now();
    let undelivered = telemetry.shutdown(Duration::from_millis(200)).expect_err("nobody took it");
    assert!(started.elapsed() < Duration::from_secs(20), "the deadline holds");
    (early, late, undelivered)
}

async fn lease(pool: &Pool<Plain>, times: u64) {
    for _ in 0..times {
        pool.acquire().await.expect("nothing can fail");
    }
}

/// The memory of this process in KiB; 0 where the system does not tell it like Linux.
fn resident() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    told.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}
