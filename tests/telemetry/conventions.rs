//! Pools told by the names of conventions that are older than ours.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use clearpool::telemetry::{OtlpOptions, Setup, SpanMode, TelemetryOptions, spans};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use pool_core::catalog::{Attribute, Span};
use pool_core::{ConnectCx, Connector, Endpoint, Protocol, Snapshot};
use pool_tokio::Pool;

use crate::collector::Collector;
use crate::roads::{Bridged, RECORDER, Said, Series, of_messages};
use crate::scenario::{Source, busy};
use crate::scrape::{get, no_env, options, parse};

const REDIS: Protocol = Protocol::named("redis").database("redis").default_port(6379);

fn speaking(protocol: Protocol) -> Snapshot {
    Snapshot { protocol, ..busy() }
}

fn by_conventions() -> TelemetryOptions {
    let mut options = options();
    options.conventions = true;
    options
}

/// Of what the scrape endpoint says of a pool, that which begins so.
fn scraped(options: &TelemetryOptions, snapshot: Snapshot, begin: &str) -> BTreeMap<String, f64> {
    let telemetry = Setup::new(options).environment(no_env).start().expect("a free port");
    telemetry.hub().watch(Source::new("orders", snapshot));
    let (_, body) = get(telemetry.prometheus_address().expect("configured"), "/metrics", None);
    parse(&body).into_iter().filter(|(series, _)| series.starts_with(begin) && !series.contains("_bucket{")).collect()
}

fn said<const N: usize>(expected: [(&str, f64); N]) -> BTreeMap<String, f64> {
    expected.map(|(series, value)| (series.to_owned(), value)).into()
}

#[test]
fn a_database_s_pool_is_told_as_opentelemetry_has_it() {
    let of = |metric: &str| format!("db_client_connection_{metric}{{db_client_connection_pool_name=\"orders\"}}");
    let count = |state: &str| {
        format!(
            "db_client_connection_count{{db_client_connection_pool_name=\"orders\",db_client_connection_state=\"{state}\"}}"
        )
    };
    let told = scraped(&by_conventions(), speaking(REDIS), "db_client");
    let exact = [
        (count("idle"), 2.0),
        (count("used"), 5.0),
        (of("max"), 10.0),
        (of("idle_max"), 6.0),
        (of("idle_min"), 2.0),
        (of("pending_requests"), 3.0),
        (of("timeouts_total"), 4.0),
        (of("create_time_seconds_count"), 74.0),
        (of("wait_time_seconds_count"), 3400.0),
        (of("use_time_seconds_count"), 3396.0),
    ];
    for (series, value) in exact {
        assert_eq!(told.get(&series), Some(&value), "{series} in {told:#?}");
    }
    assert_eq!(told.len(), 13, "and the sums of three histograms: {told:#?}");
}

#[test]
fn an_http_client_s_connections_are_told_by_server() {
    let mut snapshot = speaking(Protocol::named("http").default_port(80));
    for (endpoint, (id, address)) in
        snapshot.endpoints.iter_mut().zip([("a", "http://api:8080/v1"), ("b", "http://api:8080/v2")])
    {
        endpoint.endpoint = Arc::new(Endpoint { id: id.to_owned(), ..Endpoint::new(address) });
    }
    let of = |state: &str| {
        format!(
            "http_client_open_connections{{server_address=\"api\",server_port=\"8080\",http_connection_state=\"{state}\"}}"
        )
    };
    let told = scraped(&by_conventions(), snapshot, "http_client");
    let life = |what: &str| {
        format!("http_client_connection_duration_seconds_{what}{{server_address=\"api\",server_port=\"8080\"}}")
    };
    let expected = [
        (&*of("idle"), 2.0),
        (&of("active"), 4.0),
        (&life("count"), 74.0),
        (&life("sum"), 2.0 * 7.0 * 36.0 * 37.0 / 2.0),
    ];
    assert_eq!(told, said(expected), "two endpoints of one server are one");
}

#[test]
fn a_grpc_channel_is_told_as_grpc_has_it() {
    let told = scraped(&by_conventions(), speaking(Protocol::named("http").rpc("grpc")), "grpc_");
    let expected = [
        ("grpc_subchannel_open_connections{grpc_target=\"orders\"}", 7.0),
        ("grpc_subchannel_connection_attempts_succeeded_total{grpc_target=\"orders\"}", 74.0),
        ("grpc_subchannel_connection_attempts_failed_total{grpc_target=\"orders\"}", 6.0),
        ("grpc_subchannel_disconnections_total{grpc_target=\"orders\"}", 26.0),
    ];
    assert_eq!(told, said(expected));
}

#[test]
fn nothing_is_told_by_them_unless_it_is_asked_for_and_has_one() {
    for begin in ["db_", "http_", "grpc_"] {
        assert_eq!(scraped(&options(), speaking(REDIS), begin), BTreeMap::new());
        assert_eq!(scraped(&by_conventions(), busy(), begin), BTreeMap::new());
    }
}

#[test]
fn collector_and_facade_are_told_the_same_with_dots() {
    let snapshotter = RECORDER.lock();
    let collector = Collector::start();
    let mut options = by_conventions();
    options.otlp = Some(OtlpOptions::new(collector.url()));
    options.metrics_facade = true;
    options.spans = SpanMode::Off;
    options.interval = Duration::from_millis(50).into();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    telemetry.hub().watch(Source::new("by-convention", speaking(REDIS)));
    let idle: Series = (
        "db.client.connection.count".to_owned(),
        vec![
            ("db.client.connection.pool.name".to_owned(), "by-convention".to_owned()),
            ("db.client.connection.state".to_owned(), "idle".to_owned()),
        ],
    );
    let sent = std::iter::repeat_with(|| of_messages(&collector.metrics())).find(|sent| !sent.is_empty());
    assert_eq!(sent.expect("it does not end").get(&idle), Some(&Said::Number(2.0)));
    let mut bridged = Bridged::of("by-convention");
    while !bridged.said.contains_key(&idle) {
        bridged.listen(&snapshotter);
    }
    assert_eq!(bridged.said[&idle], Said::Number(2.0));
    telemetry.shutdown(Duration::from_secs(10)).expect("delivered");
}

/// Connections to what speaks that, and answers whatever it is.
struct Peer(Protocol);

impl Connector for Peer {
    type Connection = ();
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<(), Infallible> {
        Ok(())
    }

    fn protocol(&self) -> Protocol {
        self.0
    }
}

fn attribute(span: &SpanData, of: Attribute) -> Option<String> {
    let found = span.attributes.iter().find(|pair| pair.key.as_str() == of.key());
    found.map(|pair| pair.value.to_string())
}

/// The spans of a pool of such a peer, of which a connection was made, lent and closed.
async fn spans_of(protocol: Protocol) -> Vec<SpanData> {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let mut options = TelemetryOptions::default();
    options.spans = SpanMode::All;
    let observer = spans(&provider, &options).expect("spans are wanted");
    let pool = Pool::builder(Peer(protocol)).endpoints(["redis://me:s3cret@db.example/0"]).observer(observer).build();
    let pool = pool.expect("good options");
    pool.acquire().await.expect("it answers").discard();
    pool.drain(Duration::from_secs(20)).await;
    kept.get_finished_spans().expect("not shut down")
}

#[tokio::test]
async fn spans_say_the_server_and_what_is_spoken() {
    let spans = spans_of(REDIS).await;
    for name in [Span::Lease, Span::Dial, Span::Evict, Span::Close] {
        let span = spans.iter().find(|span| span.name == name.name()).unwrap_or_else(|| panic!("{name:?}: {spans:#?}"));
        let of = |attribute_of| attribute(span, attribute_of);
        assert_eq!(of(Attribute::ServerAddress).as_deref(), Some("db.example"), "{name:?}");
        assert_eq!(of(Attribute::ServerPort).as_deref(), Some("6379"), "{name:?}: the protocol's own");
        assert_eq!(of(Attribute::NetworkProtocol).as_deref(), Some("redis"), "{name:?}");
        assert_eq!(of(Attribute::DbSystem).as_deref(), Some("redis"), "{name:?}");
        assert_eq!(of(Attribute::RpcSystem), None, "{name:?}");
    }
    assert!(!format!("{spans:?}").contains("s3cret"));
}

#[tokio::test]
async fn where_bytes_have_no_protocol_spans_say_the_server_and_of_no_connection_nothing() {
    let told = |spans: &[SpanData], of| spans.iter().filter_map(|span| attribute(span, of)).collect::<Vec<_>>();
    let bytes = spans_of(Protocol::BYTES).await;
    assert_eq!(told(&bytes, Attribute::ServerAddress), ["db.example"; 4]);
    assert_eq!(told(&bytes, Attribute::ServerPort), told(&bytes, Attribute::NetworkProtocol), "neither is known");
    let none = spans_of(Protocol::NONE).await;
    assert_eq!(told(&none, Attribute::ServerAddress), Vec::<String>::new());
    assert_eq!(none.len(), bytes.len(), "as many spans");
}
