//! The scrape endpoint over real HTTP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use clearpool::telemetry::{Setup, SpanMode, TelemetryOptions};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};

use crate::collector::LONG;
use crate::faults::lease_of;
use crate::scenario::{Source, busy};

/// An answer: the head and the body.
pub(crate) fn get(address: SocketAddr, path: &str, accept: Option<&str>) -> (String, String) {
    let accept = accept.map(|accept| format!("Accept: {accept}\r\n")).unwrap_or_default();
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{accept}Connection: close\r\n\r\n"))
}

pub(crate) fn ask(address: SocketAddr, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LONG)).expect("a socket");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

/// The series of an exposition by name and labels.
pub(crate) fn parse(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (line, _exemplar) = line.split_once(" # ").unwrap_or((line, ""));
            let (series, value) = line.rsplit_once(' ').expect("a value");
            (series.to_owned(), value.parse().expect("a number"))
        })
        .collect()
}

pub(crate) fn options() -> TelemetryOptions {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options.prometheus = "127.0.0.1:0".parse().ok();
    options
}

pub(crate) fn no_env(_: &str) -> Option<String> {
    None
}

#[test]
fn the_page_is_openmetrics_for_prometheus_and_plain_text_for_others() {
    let options = options();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    telemetry.hub().watch(Source::new("orders", busy()));
    let address = telemetry.prometheus_address().expect("configured");

    let (head, body) = get(address, "/metrics", Some("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    assert!(body.ends_with("# EOF\n"), "the end mark is the last line");
    assert!(body.contains("# TYPE clearpool_acquires counter\n"));
    assert!(body.contains("# UNIT clearpool_wait_time_seconds seconds\n"));

    let (head, plain) = get(address, "/metrics", Some("text/html,*/*;q=0.8"));
    assert!(head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    assert!(plain.contains("# TYPE clearpool_acquires_total counter\n"));
    assert!(plain.contains("# HELP clearpool_acquires_total Leases granted.\n"));
    assert!(!plain.contains("# EOF") && !plain.contains("# UNIT"));
    assert_eq!(parse(&body), parse(&plain));
}

#[test]
fn labels_are_escaped_and_series_have_their_values() {
    let options = options();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    telemetry.hub().watch(Source::new("orders", busy()));
    let (_, body) = get(telemetry.prometheus_address().expect("configured"), "/metrics", None);
    let series = parse(&body);
    let of = |name: &str| series.get(name).copied().unwrap_or_else(|| panic!("no {name} in\n{body}"));
    assert_eq!(of(r#"clearpool_connection_max{pool="orders"}"#), 10.0);
    assert_eq!(of(r#"clearpool_connection_count{pool="orders",endpoint="a:1",state="used"}"#), 2.0);
    let odd = r#"endpoint="b \"quoted\"\\:2""#;
    assert_eq!(of(&format!(r#"clearpool_acquires_total{{pool="orders",{odd},path="waited"}}"#)), 40.0);
    assert_eq!(of(&format!(r#"clearpool_endpoint_status{{pool="orders",{odd},status="backing-off"}}"#)), 1.0);
    assert_eq!(of(r#"clearpool_refusals_total{pool="orders",reason="timeout"}"#), 4.0);
    assert_eq!(of(r#"clearpool_refusals_total{pool="orders",reason="closed"}"#), 0.0);
    assert_eq!(of(r#"clearpool_closes_total{pool="orders",policy="ttl",reason="max-age"}"#), 11.0);
    assert_eq!(of(r#"clearpool_lease_oldest_seconds{pool="orders"}"#), 7.0);
    assert_eq!(of(r#"clearpool_wait_time_seconds_count{pool="orders",endpoint="a:1"}"#), 3000.0);
    let lowest = of(r#"clearpool_wait_time_seconds_bucket{le="1e-05",pool="orders",endpoint="a:1"}"#);
    assert_eq!(lowest, 2300.0 + 2.0, "those that did not wait, and two that waited less than 10 µs");
    assert_eq!(of(r#"clearpool_wait_time_seconds_bucket{le="+Inf",pool="orders",endpoint="a:1"}"#), 3000.0);
}

#[test]
fn other_paths_and_methods_are_told_what_there_is() {
    let options = options();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    telemetry.hub().watch(Source::new("<orders>", busy()));
    let address = telemetry.prometheus_address().expect("configured");
    let (head, body) = get(address, "/", None);
    assert!(head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(body.starts_with("<!doctype html>") && body.contains("href=\"/metrics\""), "{body}");
    assert!(get(address, "/secret", None).0.starts_with("HTTP/1.1 404"));
    let post = format!("POST /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let (head, _) = ask(address, &post);
    assert!(head.starts_with("HTTP/1.1 405") && head.contains("allow: GET, HEAD"), "{head}");
}

#[test]
fn a_pool_that_is_gone_is_not_told_of_any_more_and_its_name_is_free() {
    let options = options();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    let address = telemetry.prometheus_address().expect("configured");
    let first = Source::new("orders", busy());
    assert_eq!(&*telemetry.hub().watch(first.clone()), "orders");
    assert_eq!(&*telemetry.hub().watch(Source::new("orders", busy())), "orders#2");
    assert!(get(address, "/metrics", None).1.contains(r#"clearpool_connection_max{pool="orders#2"} 10"#));
    first.set(None);
    assert!(!get(address, "/metrics", None).1.contains(r#"pool="orders""#));
    assert_eq!(&*telemetry.hub().watch(Source::new("orders", busy())), "orders");
}

#[test]
fn spans_that_are_sent_leave_exemplars_for_openmetrics_alone_and_others_leave_none() {
    for (spans, expected) in [(SpanMode::All, 2), (SpanMode::Off, 0)] {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let mut options = options();
        options.spans = spans;
        let setup = Setup::new(&options).environment(no_env).tracer_provider(&provider);
        let telemetry = setup.start().expect("a free port");
        telemetry.hub().watch(Source::new("orders", busy()));
        if spans == SpanMode::All {
            lease_of(&telemetry, Duration::from_millis(3), Duration::from_millis(700));
        }
        let address = telemetry.prometheus_address().expect("configured");
        let (_, body) = get(address, "/metrics", None);
        let with_exemplar: Vec<_> = body.lines().filter(|line| line.contains(" # {")).collect();
        assert_eq!(with_exemplar.len(), expected, "{with_exemplar:#?}");
        for line in &with_exemplar {
            assert!(line.contains("le=\"1.0\"") || line.contains("le=\"0.005\""), "{line}");
            let labels = line.split_once(" # {").and_then(|(_, rest)| rest.split_once('}')).expect("labels").0;
            assert!(labels.starts_with("trace_id=\"") && labels.contains(",span_id=\"") && labels.len() <= 128);
        }
        assert!(!get(address, "/metrics", Some("text/plain")).1.contains(" # {"));
    }
}

#[test]
fn what_a_sampler_drops_leaves_no_exemplar() {
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build();
    let mut options = options();
    options.spans = SpanMode::All;
    let setup = Setup::new(&options).environment(no_env).tracer_provider(&provider);
    let telemetry = setup.start().expect("a free port");
    telemetry.hub().watch(Source::new("orders", busy()));
    lease_of(&telemetry, Duration::from_millis(3), Duration::from_millis(700));
    let (_, body) = get(telemetry.prometheus_address().expect("configured"), "/metrics", None);
    assert!(!body.contains(" # {"), "{body}");
}
