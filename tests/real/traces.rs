//! A real collector gets the spans of an application that has nothing but `tracing` and our telemetry, and
//! the tree is right: parents, links, times.

use std::time::Duration;

use clearpool::connector::TcpConnector;
use clearpool::telemetry::{self, TelemetryOptions};
use clearpool::{App, Loader, Pools};
use clearpool_servers::{LONG, Launch, Rotel, RotelServer};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing::Instrument;

use crate::echo;
use crate::live::live;
use crate::printed::{Span, spans};

/// How long the first request holds the only connection, and the second after it.
const FIRST: Duration = Duration::from_millis(300);
const SECOND: Duration = Duration::from_millis(100);
/// The clocks of the pool and of the application are read one after the other, on a busy machine.
const SLACK: Duration = Duration::from_millis(250);
/// A timer may be so early.
const TICK: Duration = Duration::from_millis(2);

const CONFIG: &str = r#"
    [pools.orders]
    connector = { kind = "tcp" }
    endpoints = ["127.0.0.1:1"]
    limits = { max_open = 1 }
    wait = { timeout = "30s" }
"#;

/// Not a test of its own: the application, run by the tests in a process with another environment.
#[tokio::test]
#[ignore = "run by the tests of this file"]
async fn application() {
    let telemetry = telemetry::init(&TelemetryOptions::default()).expect("the environment is good");
    let file = std::path::Path::new("pool.toml");
    std::fs::write(file, CONFIG).expect("written");
    let app = App::new();
    let loader = Loader::new(&app).file(file);
    let config = loader.set("pools.orders.endpoints", vec![echo::serve().to_string()]).load().expect("a good file");
    let pools = Pools::from_config(&app, &config, &telemetry).expect("a good file");
    let pool = pools.get::<TcpConnector>("orders").expect("it is there");

    let (tell, told) = oneshot::channel();
    let one = pool.clone();
    let first = async move {
        let mut lease = one.acquire().await.expect("in time");
        tell.send(()).expect("it listens");
        echo::exchange(&mut *lease).await;
        // However late the other comes, it waits for so long.
        while one.snapshot().pending == 0 {
            sleep(TICK).await;
        }
        sleep(FIRST).await;
    };
    let first = tokio::spawn(first.instrument(tracing::info_span!("first request")));
    let second = async move {
        told.await.expect("the first was granted");
        async move {
            let mut lease = pool.acquire().await.expect("in time");
            echo::exchange(&mut *lease).await;
            sleep(SECOND).await;
        }
        .instrument(tracing::info_span!("second request"))
        .await;
    };
    second.await;
    first.await.expect("no panic");
    pools.drain(LONG).await;
    drop(pools);
    telemetry.shutdown(LONG).expect("all delivered");
}

/// Runs the application with this environment, and gives what arrived at the collector.
fn run(rotel: &RotelServer, environment: &[(&str, &str)]) -> Vec<Span> {
    let this = std::env::current_exe().expect("a program");
    let mut launch = Launch::new("the application", this);
    for (name, value) in environment {
        launch = launch.env(name, value);
    }
    let application = launch.args(["--exact", "traces::application", "--include-ignored", "--nocapture"]).start();
    let status = application.wait(2 * LONG);
    assert!(status.success(), "{}", application.log().tail());
    // It was delivered; the collector may take a moment to print it. The two requests, a lease and a wait
    // for each, the dial, the eviction and the close.
    let arrived = rotel.process().until(LONG, |log| Some(spans(&log.output())).filter(|spans| spans.len() >= 9));
    arrived.unwrap_or_else(|error| panic!("{error}"))
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let one = found.next().unwrap_or_else(|| panic!("no `{name}` among {spans:#?}"));
    assert!(found.next().is_none(), "one `{name}`: {spans:#?}");
    one
}

fn child<'a>(spans: &'a [Span], of: &Span, name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name && span.is_child_of(of));
    let one = found.next().unwrap_or_else(|| panic!("no `{name}` below `{}` in {spans:#?}", of.name));
    assert!(found.next().is_none(), "one `{name}` below `{}`: {spans:#?}", of.name);
    one
}

/// From and to, with some slack for the clocks.
fn lies_within(inner: &Span, outer: &Span) -> bool {
    let slack = SLACK.as_nanos() as u64;
    inner.start + slack >= outer.start && inner.end <= outer.end + slack
}

fn the_tree_is_right(spans: &[Span]) {
    let (first, second) = (named(spans, "first request"), named(spans, "second request"));
    assert!(first.parent.is_empty() && second.parent.is_empty() && first.trace != second.trace);
    let dial = named(spans, "pool.dial");
    for request in [first, second] {
        let lease = child(spans, request, "pool.lease");
        assert_eq!((lease.scope.as_str(), lease.attribute("pool.name")), ("clearpool", Some("orders")));
        assert_eq!(lease.attribute("pool.sent_because"), Some("parent-sampled"));
        assert_eq!(lease.events, ["pool.wait_started", "pool.acquired", "pool.released"]);
        assert!(lease.is_linked_to(dial), "{lease:#?}");
        assert!(lies_within(lease, request), "{lease:#?}\n{request:#?}");
        let wait = child(spans, lease, "pool.wait");
        assert!(wait.start == lease.start && wait.end <= lease.end, "{wait:#?}\n{lease:#?}");
    }
    let (one, two) = (child(spans, first, "pool.lease"), child(spans, second, "pool.lease"));
    let (short, long) = (child(spans, one, "pool.wait"), child(spans, two, "pool.wait"));

    // The dial is a trace of its own, linked to whom it was for, who waited for it and no longer.
    assert!(dial.parent.is_empty() && dial.trace != first.trace && dial.trace != second.trace, "{dial:#?}");
    assert!(dial.is_linked_to(first) && !dial.is_linked_to(second), "{dial:#?}\n{first:#?}");
    assert!(lies_within(dial, short), "{dial:#?}\n{short:#?}");

    // The second waited until the first was over, and each was held as long as it was.
    assert!(long.end + SLACK.as_nanos() as u64 >= one.end, "{long:#?}\n{one:#?}");
    assert!(
        long.length() + TICK >= FIRST && one.length() + TICK >= FIRST && one.length() < LONG,
        "{long:#?}\n{one:#?}"
    );
    assert!(two.length() + TICK >= long.length() + SECOND, "{two:#?}\n{long:#?}");

    let evict = named(spans, "pool.evict");
    assert!(named(spans, "pool.close").is_child_of(evict));
    let leads_to = |request: &Span| evict.links.iter().any(|(trace, _)| *trace == request.trace);
    assert!(leads_to(second) && !leads_to(first), "to the connection's last lease: {evict:#?}\n{two:#?}");
}

#[test]
fn the_tree_is_right_at_a_collector_over_http() {
    let Some(rotel) = Rotel::find() else { return };
    let rotel = rotel.start();
    let spans = run(&rotel, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &rotel.http())]);
    the_tree_is_right(&spans);
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn the_tree_is_right_at_a_collector_over_grpc() {
    let Some(rotel) = Rotel::find() else { return };
    let rotel = rotel.start();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", rotel.grpc());
    let spans = run(&rotel, &[(endpoint.0, &endpoint.1), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    the_tree_is_right(&spans);
}

#[test]
fn the_demo_sends_to_the_collector_of_the_environment() {
    let Some(live) = live() else { return };
    let collected = live.collected();
    for signal in ["traces", "metrics"] {
        let line = format!("data_type=\"{signal}\"");
        assert!(collected.lines().any(|told| told.contains(&line)), "no {signal} arrived:\n{collected}");
        let query = format!("sum(clearpool_telemetry_exports_total{{signal=\"{signal}\", delivery=\"delivered\"}})");
        let delivered = live.queries().instant(&query, Some(live.until)).expect("a good query");
        assert!(delivered[0].samples[0].value > Some(0.0), "{query}: {delivered:?}");
    }
}
