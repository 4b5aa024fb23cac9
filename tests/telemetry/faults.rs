//! Collectors that are dead, slow or unwilling; ports in use; options that make no sense.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use clearpool::telemetry::{Guard, OtlpOptions, Setup, TelemetryError, TelemetryOptions};
use hyper::StatusCode;
use pool_core::{Endpoint, EntryId, LeaseReport, Outcome, Reason, Time};

use crate::collector::{Collector, Got, LONG};
use crate::scenario::{Source, busy};
use crate::scrape::{get, no_env, options, parse};

fn start(options: &TelemetryOptions) -> Guard {
    let telemetry = Setup::new(options).environment(no_env).start().expect("well-formed");
    telemetry.hub().watch(Source::new("orders", busy()));
    telemetry
}

fn to(url: &str) -> TelemetryOptions {
    let mut options = options();
    let mut otlp = OtlpOptions::new(url);
    otlp.timeout = LONG.into();
    options.otlp = Some(otlp);
    options.interval = Duration::from_millis(20).into();
    options
}

/// So many leases end, each a span.
pub(crate) fn lease(telemetry: &Guard, times: usize) {
    for _ in 0..times {
        lease_of(telemetry, Duration::ZERO, Duration::from_micros(1));
    }
}

/// A lease ends that waited and was held for so long.
pub(crate) fn lease_of(telemetry: &Guard, waited: Duration, held: Duration) {
    let observer = telemetry.observer().expect("spans are wanted");
    let endpoint = Arc::new(Endpoint::new("a:1"));
    let granted = Time::ZERO.after(waited);
    let ended = granted.after(held);
    let report = LeaseReport {
        entry: EntryId::from_parts(0, 0),
        endpoint: Arc::clone(&endpoint),
        asked: Time::ZERO,
        granted,
        ended,
        outcome: Outcome::Ok,
        uses: 1,
        born: Time::ZERO,
        waited: !waited.is_zero(),
        acquire_reason: Reason::new("newest"),
        balance_reason: Reason::new("in-turn"),
        settle_reason: Reason::new("keep"),
        closed: None,
        site: None,
        context: None,
        dial: None,
    };
    observer.lease("orders", &report, ended);
}

/// A time that is over long before `LONG` is.
fn within(limit: Duration, what: impl FnOnce()) {
    let started = tokio::time::Instant::now();
    what();
    assert!(started.elapsed() < limit, "it took {:?}", started.elapsed());
}

/// An address at which nobody listens.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("bound"))
}

#[test]
fn what_is_left_is_delivered_at_shutdown() {
    let collector = Collector::start();
    let mut options = to(&collector.url());
    options.interval = Duration::from_secs(3600).into();
    let telemetry = start(&options);
    lease(&telemetry, 3);
    telemetry.shutdown(LONG).expect("all delivered");
    let got = collector.so_far();
    let spans: usize = got
        .iter()
        .filter_map(|got| match got {
            Got::Traces(message) => Some(&message.resource_spans),
            Got::Metrics(_) => None,
        })
        .flatten()
        .flat_map(|resource| &resource.scope_spans)
        .map(|scope| scope.spans.len())
        .sum();
    assert_eq!(spans, 3);
    assert_eq!(got.iter().filter(|got| matches!(got, Got::Metrics(_))).count(), 1, "the last state, once");
}

#[test]
fn it_is_delivered_from_inside_any_runtime() {
    for threads in [false, true] {
        let mut builder = if threads {
            tokio::runtime::Builder::new_multi_thread()
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        let collector = Collector::start();
        let runtime = builder.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let telemetry = start(&to(&collector.url()));
            lease(&telemetry, 5);
            telemetry.shutdown(LONG).expect("all delivered");
        });
        assert_eq!(collector.spans().len(), 5);
    }
}

#[test]
fn dropping_the_guard_delivers_too() {
    let collector = Collector::start();
    let telemetry = start(&to(&collector.url()));
    lease(&telemetry, 2);
    drop(telemetry);
    assert_eq!(collector.spans().len(), 2);
}

#[test]
fn a_dead_collector_blocks_nothing_and_is_told_of_at_shutdown() {
    let telemetry = start(&to(&nobody()));
    within(Duration::from_secs(10), || lease(&telemetry, 10_000));
    let address = telemetry.prometheus_address().expect("configured");
    let lost = || {
        let series = parse(&get(address, "/metrics", None).1);
        (
            series[r#"clearpool_telemetry_exports_total{signal="metrics",delivery="lost"}"#],
            series[r#"clearpool_telemetry_spans_total{delivery="lost"}"#],
        )
    };
    let waiting = tokio::time::Instant::now();
    while lost().0 == 0.0 || lost().1 == 0.0 {
        assert!(waiting.elapsed() < LONG, "failures are counted: {:?}", lost());
    }
    within(Duration::from_secs(10), || {
        let undelivered = telemetry.shutdown(Duration::from_millis(300)).expect_err("nobody took it");
        assert!(undelivered.metrics);
        assert_eq!(undelivered.spans, 10_000);
        assert_eq!(undelivered.to_string(), "the collector lacks the last state of the metrics and 10000 spans");
    });
}

#[test]
fn a_collector_that_never_answers_costs_shutdown_its_deadline_and_no_more() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let telemetry = start(&to(&format!("http://{}", silent.local_addr().expect("bound"))));
    lease(&telemetry, 1);
    within(Duration::from_secs(10), || {
        assert_eq!(telemetry.shutdown(Duration::from_millis(200)).expect_err("no answer").spans, 1);
    });
}

#[test]
fn an_unwilling_collector_is_not_asked_twice_for_the_same() {
    let collector = Collector::answering(StatusCode::BAD_REQUEST);
    let mut options = to(&collector.url());
    options.interval = Duration::from_secs(3600).into();
    let telemetry = start(&options);
    // As many as the SDK sends at once without waiting for more.
    lease(&telemetry, 512);
    let address = telemetry.prometheus_address().expect("configured");
    let lost = || parse(&get(address, "/metrics", None).1)[r#"clearpool_telemetry_spans_total{delivery="lost"}"#];
    let waiting = tokio::time::Instant::now();
    while lost() < 512.0 {
        assert!(waiting.elapsed() < LONG, "refused spans are lost: {}", lost());
    }
    assert_eq!(telemetry.shutdown(LONG).expect_err("it was refused").spans, 512);
    let traces = collector.so_far().into_iter().filter(|got| matches!(got, Got::Traces(_))).count();
    assert_eq!(traces, 1);
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut options = options();
    options.prometheus = taken.local_addr().ok();
    let error = Setup::new(&options).environment(no_env).start().expect_err("the port is in use");
    assert!(matches!(error, TelemetryError::Prometheus { .. }));
    let said = error.to_string();
    assert!(said.contains(&taken.local_addr().expect("bound").to_string()) && said.contains("in use"), "{said}");
}

#[test]
fn options_that_make_no_sense_are_all_told_at_once() {
    let mut options = options();
    options.otlp = Some(OtlpOptions::new("127.0.0.1:4318"));
    options.span_ratio = 1.5;
    options.log = "loud".to_owned();
    options.interval = Duration::ZERO.into();
    let said = Setup::new(&options).environment(no_env).start().expect_err("no sense").to_string();
    for part in
        ["telemetry.otlp.endpoint: `127.0.0.1:4318` ", "telemetry.span_ratio", "telemetry.log", "telemetry.interval"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_bad_environment_is_told_as_such() {
    let options = options();
    let env = |name: &str| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| "https://far.away".to_owned());
    let error = Setup::new(&options).environment(env).start().expect_err("no TLS");
    assert!(matches!(error, TelemetryError::Collector(_)), "{error}");
    let env = |name: &str| (name == "RUST_LOG").then(|| "clearpool=loud".to_owned());
    let error = Setup::new(&options).environment(env).start().expect_err("no level");
    assert!(error.to_string().starts_with("RUST_LOG: `clearpool=loud`"), "{error}");
}
