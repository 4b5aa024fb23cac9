//! Names that nobody would choose, clocks that step, a second recorder, and what the log says of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use clearpool::telemetry::{OtlpOptions, Setup, TelemetryOptions, spans};
use metrics_util::debugging::DebuggingRecorder;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use pool_core::catalog::{Attribute, Metric, Span};
use pool_core::{DialReport, Endpoint, EntryId, LeaseReport, Outcome, Reason, Snapshot, Time};
use tracing_subscriber::layer::SubscriberExt;

use crate::applications::Eye;
use crate::collector::LONG;
use crate::faults::{lease, nobody};
use crate::roads::{RECORDER, on_all_roads};
use crate::scenario::{Source, busy, endpoint};
use crate::scrape::{get, no_env, options, parse};

/// What a label may have at most, in bytes.
const MOST: usize = 128;

/// Ten kilobytes of everything that text formats trip over.
fn odd(end: &str) -> String {
    format!("{}{end}", "a\n\"b\\\"{},=# \u{0}\t\r🦀\u{202e}é".repeat(400))
}

/// A pool whose two endpoints begin alike for ten kilobytes.
fn odd_pool() -> Snapshot {
    let mut snapshot = busy();
    snapshot.endpoints = vec![endpoint(&odd("1"), 5, 300, 70), endpoint(&odd("2"), 1, 40, 4)];
    snapshot
}

#[test]
fn a_label_of_ten_kilobytes_is_cut_with_a_mark_on_all_three_roads_and_stays_two() {
    let snapshotter = RECORDER.lock();
    let (collector, telemetry) = on_all_roads();
    let pool = odd("pool");
    telemetry.hub().watch(Source::new(&pool, odd_pool()));

    let body = get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1;
    let weights: Vec<_> = parse(&body).into_iter().filter(|(name, _)| name.contains("endpoint_weight{")).collect();
    assert_eq!(weights.iter().map(|(_, weight)| *weight).sum::<f64>(), 6.0, "each of the two once");
    assert!(weights.len() == 2 && weights.iter().all(|(name, _)| name.contains('…') && name.len() < 3 * MOST));

    let of_otlp = loop {
        let messages = collector.metrics();
        let found = messages.into_iter().find(|message| message.name == Metric::EndpointWeight.name());
        if let Some(Data::Gauge(gauge)) = found.and_then(|message| message.data) {
            break gauge.data_points;
        }
    };
    let texts = of_otlp.iter().flat_map(|point| &point.attributes).filter_map(|pair| pair.value.clone()?.value);
    let texts: Vec<String> = texts
        .map(|value| match value {
            any_value::Value::StringValue(text) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(texts.len() == 4 && texts.iter().all(|text| text.len() <= MOST && text.contains('…')), "{texts:?}");
    assert!(texts[1] != texts[3] && texts[0] == texts[2]);

    let heard = std::iter::repeat_with(|| {
        let pause = std::sync::mpsc::channel::<()>().1;
        let _ = pause.recv_timeout(Duration::from_millis(20));
        snapshotter.snapshot().into_vec()
    });
    let of_facade: Vec<String> = heard
        .take(500)
        .flatten()
        .filter(|(key, ..)| key.key().name() == Metric::EndpointWeight.name())
        .flat_map(|(key, ..)| key.key().labels().map(|label| label.value().to_owned()).collect::<Vec<_>>())
        .filter(|value| value.contains('…'))
        .take(4)
        .collect();
    assert_eq!(of_facade.len(), 4);
    assert!(of_facade.iter().all(|value| texts.contains(value)), "the same on every road");
}

#[test]
fn spans_are_bounded_too() {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let observer = spans(&provider, &TelemetryOptions::default()).expect("spans are wanted");
    let endpoint = Arc::new(Endpoint::new(odd("1")));
    let (entry, error) = (EntryId::from_parts(0, 0), odd("error"));
    let dial = DialReport {
        entry,
        endpoint: &endpoint,
        started: Time::ZERO,
        ended: Time::ZERO,
        attempt: 0,
        error: Some(&error),
        asked_by: None,
    };
    observer.dial(&odd("pool"), &dial, Time::ZERO);
    let spans = kept.get_finished_spans().expect("not shut down");
    let of = |wanted: Attribute| {
        let pair = spans[0].attributes.iter().find(|pair| pair.key.as_str() == wanted.key());
        pair.expect("it is there").value.to_string()
    };
    assert!(of(Attribute::Pool).len() <= MOST && of(Attribute::Endpoint).len() <= MOST);
    assert!(of(Attribute::Error).len() <= 1024 + '…'.len_utf8() && of(Attribute::Error).ends_with('…'));
}

/// The pool's clock never goes back; should one do so all the same, spans are short and not absurd.
#[test]
fn a_lease_whose_clock_stepped_back_is_told_of_with_times_in_order() {
    let kept = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
    let observer = spans(&provider, &TelemetryOptions::default()).expect("spans are wanted");
    let endpoint = Arc::new(Endpoint::new("a:1"));
    let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
    let report = LeaseReport {
        entry: EntryId::from_parts(0, 0),
        endpoint: Arc::clone(&endpoint),
        asked: at(5000),
        granted: at(9000),
        ended: at(4000),
        outcome: Outcome::Ok,
        uses: 1,
        born: at(9500),
        waited: true,
        acquire_reason: Reason::new("newest"),
        balance_reason: Reason::new("in-turn"),
        settle_reason: Reason::new("keep"),
        closed: None,
        site: None,
        context: None,
        dial: None,
    };
    observer.lease("orders", &report, at(3000));
    let spans = kept.get_finished_spans().expect("not shut down");
    assert_eq!(spans.len(), 2);
    for span in &spans {
        assert!(span.start_time <= span.end_time, "{span:#?}");
        assert!(span.end_time.duration_since(span.start_time).expect("in order") < Duration::from_secs(1));
    }
    let lease = spans.iter().find(|span| span.name == Span::Lease.name()).expect("it is told");
    let held = lease.attributes.iter().find(|pair| pair.key.as_str() == Attribute::HeldFor.key());
    assert_eq!(held.expect("it is there").value.to_string(), "0");
}

#[test]
fn a_second_recorder_is_refused_and_the_first_goes_on_being_fed() {
    let snapshotter = RECORDER.lock();
    let error = DebuggingRecorder::new().install().expect_err("there is one");
    assert!(error.to_string().contains("already"), "{error}");
    let mut options = options();
    options.metrics_facade = true;
    options.interval = Duration::from_millis(20).into();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("no error of the telemetry's");
    telemetry.hub().watch(Source::new("second-recorder", busy()));
    let fed = (0..500).any(|_| {
        let pause = std::sync::mpsc::channel::<()>().1;
        let _ = pause.recv_timeout(Duration::from_millis(20));
        let heard = snapshotter.snapshot().into_vec();
        heard.iter().any(|(key, ..)| key.key().labels().any(|label| label.value() == "second-recorder"))
    });
    assert!(fed);
}

#[test]
fn what_could_not_be_delivered_is_told_in_the_log() {
    let eye = Eye::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(eye.clone()), || {
        let mut options = TelemetryOptions::default();
        options.log = "off".to_owned();
        options.otlp = Some(OtlpOptions::new(nobody()));
        let telemetry = Setup::new(&options).environment(no_env).start().expect("well-formed");
        telemetry.hub().watch(Source::new("orders", busy()));
        lease(&telemetry, 7);
        telemetry.shutdown(Duration::from_millis(300)).expect_err("nobody took it");
    });
    let told = eye.messages();
    let last = told.iter().find(|message| message.contains("telemetry ended")).expect("it is told");
    assert!(last.contains("the last state of the metrics and 7 spans"), "{last}");
}

#[test]
fn shutdown_from_a_task_of_any_runtime_keeps_its_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    for threads in [1, 2] {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(threads).enable_all().build().expect("a runtime");
        let url = format!("http://{}", silent.local_addr().expect("bound"));
        let task = runtime.spawn(async move {
            let mut options = TelemetryOptions::default();
            options.log = "off".to_owned();
            options.otlp = Some(OtlpOptions::new(url));
            let telemetry = Setup::new(&options).environment(no_env).start().expect("well-formed");
            lease(&telemetry, 3);
            let started = tokio::time::Instant::now();
            let left = telemetry.shutdown(Duration::from_millis(200)).expect_err("no answer");
            (left.spans, started.elapsed())
        });
        let (spans, took) = runtime.block_on(task).expect("no panic");
        assert!(spans == 3 && took < LONG / 3, "{spans} after {took:?}");
    }
}

/// Answers, and closes the connection with it, as a collector behind a simple proxy does.
fn closing() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
            let (mut length, mut line) = (0, String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let mut body = vec![0; length];
            // A test that is over is gone.
            let _ = reader.read_exact(&mut body);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    url
}

#[test]
fn a_collector_that_closes_with_its_answer_has_taken_everything() {
    for _ in 0..10 {
        let mut options = TelemetryOptions::default();
        options.log = "off".to_owned();
        options.otlp = Some(OtlpOptions::new(closing()));
        let telemetry = Setup::new(&options).environment(no_env).start().expect("well-formed");
        lease(&telemetry, 3);
        telemetry.shutdown(LONG).expect("all delivered");
    }
}
