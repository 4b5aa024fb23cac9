//! The settings: a pool, and as much telemetry.

use std::convert::Infallible;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clearpool::telemetry::{Guard, OtlpOptions, SpanMode, TelemetryOptions, init};
use cpu_time::ThreadTime;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use pool_core::{ConnectCx, Connector, Endpoint};
use pool_tokio::{AnyPool, Pool};

use crate::collector;

/// Leases in a burst: about two batches of the exporter, and half of what has room on the way.
pub const BURST: u32 = 1000;

/// Longer than spans are put aside before they are made.
const REST: Duration = Duration::from_millis(50);

/// One in so many is sampled where few are.
const ONE_IN: u32 = 100;

/// What is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telemetry {
    /// Nothing.
    None,
    /// The scrape endpoint, and a hub that watches the pool.
    Metrics,
    /// Metrics, and spans where the caller's is sampled.
    Sampled,
    /// Metrics, and a span for every lease.
    All,
}

/// Whose traces the callers are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// In none.
    Nobodys,
    /// In one that is not sampled.
    Unsampled,
    /// One in a hundred is in one that is.
    OneInHundred,
}

/// A pool under test.
pub struct Setting {
    /// What it is called in the table.
    pub name: &'static str,
    callers: Callers,
    pool: Pool<Plain>,
    guard: Option<Guard>,
    /// Whether every lease has a span.
    sends: bool,
    _watched: Arc<dyn AnyPool>,
}

/// Makes connections of 24 bytes out of nothing.
pub struct Plain;

impl Connector for Plain {
    type Connection = [u64; 3];
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<[u64; 3], Infallible> {
        Ok([0; 3])
    }
}

impl Setting {
    /// A pool, ready. Inside a runtime.
    pub async fn build(name: &'static str, telemetry: Telemetry, callers: Callers) -> Setting {
        let guard = (telemetry != Telemetry::None).then(|| init(&options(telemetry)).expect("a free port"));
        let mut builder = Pool::builder(Plain).name("orders").endpoints([Endpoint::new("nowhere:1")]);
        if let Some(observer) = guard.as_ref().and_then(Guard::observer) {
            builder = builder.observer(observer);
        }
        let pool = builder.build().expect("the options make sense");
        let watched: Arc<dyn AnyPool> = Arc::new(pool.clone());
        if let Some(guard) = &guard {
            guard.hub().watch_pool(&watched);
        }
        pool.warm(4).await.unwrap_or_else(|_| unreachable!("nothing can fail"));
        let sends = telemetry == Telemetry::All;
        Setting { name, callers, pool, guard, sends, _watched: watched }
    }

    /// What one lease costs, in nanoseconds of the thread's CPU time.
    pub async fn burst(&self) -> f64 {
        let took = match self.callers {
            Callers::Nobodys => self.timed(BURST).await,
            Callers::Unsampled => {
                let _attached = caller(false).attach();
                self.timed(BURST).await
            }
            Callers::OneInHundred => {
                let mut took = Duration::ZERO;
                for _ in 0..BURST / ONE_IN {
                    took += self.mixed().await;
                }
                return took.as_nanos() as f64 / f64::from(BURST / ONE_IN * ONE_IN);
            }
        };
        took.as_nanos() as f64 / f64::from(BURST)
    }

    async fn timed(&self, leases: u32) -> Duration {
        let started = ThreadTime::now();
        self.turns(leases).await;
        started.elapsed()
    }

    /// A hundred leases, of which one is of a caller that is sampled.
    async fn mixed(&self) -> Duration {
        let (sampled, unsampled) = (caller(true), caller(false));
        let started = ThreadTime::now();
        {
            let _attached = sampled.attach();
            self.turns(1).await;
        }
        let _attached = unsampled.attach();
        self.turns(ONE_IN - 1).await;
        started.elapsed()
    }

    async fn turns(&self, leases: u32) {
        for _ in 0..leases {
            let mut lease = self.pool.acquire().await.unwrap_or_else(|_| unreachable!("nothing can fail"));
            lease[0] += 1;
            black_box(&*lease);
        }
    }

    /// Waits until there is room for another burst of spans.
    pub fn drain(&self) {
        let Some(address) = self.guard.as_ref().filter(|_| self.sends).and_then(Guard::prometheus_address) else {
            return;
        };
        for _ in 0..1000 {
            let page = scrape(address);
            let number = |series: &str| {
                let line = page.lines().find_map(|line| line.strip_prefix(series));
                line.and_then(|value| value.trim().parse::<f64>().ok()).unwrap_or(0.0)
            };
            let lost = number(r#"clearpool_telemetry_spans_total{delivery="lost"}"#);
            assert!(lost == 0.0, "{}: {lost} spans were turned away", self.name);
            let ended = number(r#"clearpool_releases_total{pool="orders",endpoint="nowhere:1",outcome="ok"}"#);
            let delivered = number(r#"clearpool_telemetry_spans_total{delivery="delivered"}"#);
            // What is less than two batches may wait for more.
            if delivered + 1024.0 >= ended {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        panic!("{}: the exporter does not send", self.name);
    }

    /// Waits until the telemetry's threads have nothing to do, which would otherwise take the other
    /// core, or half of this one, from the setting that is measured next.
    pub fn rest(&self) {
        if self.guard.is_some() && self.callers != Callers::Nobodys {
            thread::sleep(REST);
        }
    }

    /// Whether metrics are on: then its page names the pool.
    pub fn is_scraped(&self) -> bool {
        let address = self.guard.as_ref().and_then(Guard::prometheus_address);
        address.is_none_or(|address| scrape(address).contains(r#"clearpool_connection_max{pool="orders"}"#))
    }
}

fn options(telemetry: Telemetry) -> TelemetryOptions {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.prometheus = "127.0.0.1:0".parse().ok();
    options.spans = match telemetry {
        Telemetry::None | Telemetry::Metrics => SpanMode::Off,
        Telemetry::Sampled => SpanMode::Sampled,
        Telemetry::All => SpanMode::All,
    };
    if options.spans != SpanMode::Off {
        options.otlp = Some(OtlpOptions::new(collector::swallowing()));
    }
    options
}

/// The context of a caller's span.
fn caller(sampled: bool) -> Context {
    let flags = if sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, span) = (TraceId::from_bytes([7; 16]), SpanId::from_bytes([9; 8]));
    Context::new().with_remote_span_context(SpanContext::new(trace, span, flags, false, TraceState::NONE))
}

fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("an answer");
    page
}
