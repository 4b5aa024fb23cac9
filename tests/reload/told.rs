//! What is told of reloads: metrics, and the generation on spans.

use std::net::SocketAddr;
use std::sync::Arc;

use clearpool::connector::TcpConnector;
use clearpool::telemetry::{Guard, Setup, TelemetryOptions};
use clearpool::{App, Pools};
use clearpool_servers::serve_holding;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{limited, load};

async fn scrape(address: SocketAddr) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it serves");
    let request = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

/// The lines of a metric that are not zero.
async fn told(telemetry: &Guard, metric: &str) -> Vec<String> {
    let text = scrape(telemetry.prometheus_address().expect("configured")).await;
    let lines = text.lines().filter(|line| line.starts_with(metric) && !line.ends_with(" 0"));
    lines.map(str::to_owned).collect()
}

fn telemetry() -> Guard {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.prometheus = "127.0.0.1:0".parse().ok();
    Setup::new(&options).environment(|_| None).start().expect("nothing to go wrong")
}

const RELOADS: &str = "clearpool_config_reloads_total{";
const STATUS: &str = "clearpool_config_status{";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_are_counted_and_it_is_told_whether_what_was_asked_for_is_in_force() {
    let address = serve_holding();
    let text = |max_open| limited(&address, max_open);
    let telemetry = telemetry();
    assert!(told(&telemetry, "clearpool_config").await.is_empty(), "there is no configuration yet");
    let pools = Pools::from_config(&App::new(), &load(&text(5)), &telemetry).expect("good");
    assert_eq!(told(&telemetry, STATUS).await, ["clearpool_config_status{status=\"in-force\"} 1"]);

    pools.reload(&load(&text(6))).expect("it can be changed");
    pools.reload(&load(&text(6))).expect("nothing to do");
    pools.reload(&load(&text(7).replace("\"tcp\"", "\"tcp\", nodelay = false"))).expect_err("it cannot be changed");
    assert_eq!(
        told(&telemetry, RELOADS).await,
        ["changed", "unchanged", "refused"].map(|of| format!("clearpool_config_reloads_total{{result=\"{of}\"}} 1"))
    );
    assert_eq!(told(&telemetry, STATUS).await, ["clearpool_config_status{status=\"refused\"} 1"]);
    assert_eq!(pools.any("orders").expect("it is there").snapshot().max_open, 6);

    let restart = format!("[telemetry]\nspan_ratio = 0.5\n{}", text(7));
    pools.reload(&load(&restart)).expect("the rest can be changed");
    assert_eq!(told(&telemetry, STATUS).await, ["clearpool_config_status{status=\"restart-needed\"} 1"]);
    pools.reload(&load(&text(7))).expect("as it was started");
    assert_eq!(told(&telemetry, STATUS).await, ["clearpool_config_status{status=\"in-force\"} 1"]);
    drop(pools);
    assert!(told(&telemetry, STATUS).await.is_empty(), "it is not asked for any more");
}

fn generations(spans: &[SpanData]) -> Vec<(String, String)> {
    let of = |span: &SpanData| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == "pool.config.generation");
        (span.name.to_string(), found.map_or("none".to_owned(), |attribute| attribute.value.to_string()))
    };
    spans.iter().map(of).collect()
}

#[tokio::test]
async fn spans_carry_the_generation_of_the_configuration() {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.spans = clearpool::telemetry::SpanMode::All;
    let telemetry = Setup::new(&options).environment(|_| None).tracer_provider(&provider).start().expect("good");
    let address = serve_holding();
    let pools = Pools::from_config(&App::new(), &load(&limited(&address, 5)), &telemetry).expect("good");
    let orders = pools.get::<TcpConnector>("orders").expect("it is there");
    drop(orders.acquire().await.expect("the server is there"));
    let lasting = orders.acquire().await.expect("the server is there");
    for max_open in [6, 7] {
        pools.reload(&load(&limited(&address, max_open))).expect("it can be changed");
    }
    drop(lasting);
    assert_eq!(orders.snapshot().reconfigurations, 2, "the same number as on the spans");
    let told = generations(&kept.get_finished_spans().expect("in memory"));
    let expected = [("pool.dial", "0"), ("pool.lease", "0"), ("pool.lease", "2")];
    let expected = expected.map(|(name, generation)| (name.to_owned(), generation.to_owned()));
    let leases: Vec<_> = told.iter().filter(|(name, _)| name != "pool.wait").cloned().collect();
    assert_eq!(leases, expected, "{told:?}");
    assert!(told.iter().all(|(_, generation)| generation != "none"), "{told:?}");
    drop(Arc::new(provider));
}
