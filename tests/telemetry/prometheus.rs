//! A real Prometheus that scrapes a real endpoint: exemplars and native histograms arrive as they
//! were sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clearpool::telemetry::{Guard, Setup};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use pool_core::catalog::{Metric, Span};
use serde_json::Value;
use tempfile::TempDir;

use crate::collector::LONG;
use crate::faults::lease_of;
use crate::scenario::{Source, busy};
use crate::scrape::{no_env, options};

/// A Prometheus of this test's own; ends with it.
struct Prometheus {
    process: Child,
    address: SocketAddr,
    _home: TempDir,
}

impl Prometheus {
    /// One that scrapes this endpoint every second; `None` if none is installed, which is told.
    fn start(target: SocketAddr, features: &str) -> Option<Prometheus> {
        if Command::new("prometheus").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            missing();
            return None;
        }
        let home = tempfile::tempdir().expect("a directory");
        let config = home.path().join("prometheus.yml");
        let scrape = format!(
            "global: {{scrape_interval: 1s}}\n\
             scrape_configs: [{{job_name: clearpool, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(&config, scrape).expect("a file");
        let address = free();
        let process = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", home.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg(format!("--enable-feature={features}"))
            .arg("--log.level=error")
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        Some(Prometheus { process, address, _home: home })
    }

    /// What the API says, once it says something.
    fn ask(&self, path: &str, query: &str) -> Vec<Value> {
        let path = format!("/api/v1/{path}?query={}", encoded(query));
        let waiting = tokio::time::Instant::now();
        loop {
            let found = self.get(&path).and_then(|answer| {
                let data = &answer["data"];
                data["result"].as_array().or(data.as_array()).filter(|found| !found.is_empty()).cloned()
            });
            if let Some(found) = found {
                return found;
            }
            assert!(waiting.elapsed() < LONG, "{query} has no answer: {:?}", self.get(&path));
            let pause = std::sync::mpsc::channel::<()>().1;
            let _ = pause.recv_timeout(Duration::from_millis(100));
        }
    }

    /// The one number that a query has for an answer.
    fn number(&self, query: &str) -> f64 {
        let found = self.ask("query", query);
        assert_eq!(found.len(), 1, "{query}: {found:#?}");
        found[0]["value"][1].as_str().expect("a number").parse().expect("a number")
    }

    fn get(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(LONG)).expect("a socket");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Nothing is checked then, and nobody should take that for a success.
fn missing() {
    let what = "NOT CHECKED: there is no `prometheus`; `apt-get install prometheus` brings it";
    assert!(std::env::var_os("CLEARPOOL_REQUIRE_SERVERS").is_none(), "{what}");
    eprintln!("!!!!!!!!!!!!!!!!\n!!! {what}\n!!!!!!!!!!!!!!!!");
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

fn encoded(query: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    query.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A busy pool of which a few leases, of 25 ms after a wait of 5, were told of as spans.
struct Scene {
    telemetry: Guard,
    source: std::sync::Arc<Source>,
    spans: Vec<SpanData>,
}

impl Scene {
    fn set() -> Scene {
        let kept = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let options = options();
        let setup = Setup::new(&options).environment(no_env).tracer_provider(&provider);
        let telemetry = setup.start().expect("a free port");
        let source = Source::new("orders", busy());
        telemetry.hub().watch(source.clone());
        lease_of(&telemetry, Duration::from_millis(5), Duration::from_millis(25));
        Scene { telemetry, source, spans: kept.get_finished_spans().expect("not shut down") }
    }

    fn prometheus(&self, features: &str) -> Option<Prometheus> {
        Prometheus::start(self.telemetry.prometheus_address().expect("configured"), features)
    }

    fn exact(&self, q: f64) -> f64 {
        let reading = self.source.reading();
        reading.snapshot().endpoints[0].timings.usage.quantile(q).expect("not empty").as_secs_f64()
    }

    /// The exemplars of a metric are the spans that were sent, with their times.
    fn exemplars_are_the_spans(&self, prometheus: &Prometheus, series: &str) {
        for (metric, span, took) in [(Metric::UseTime, Span::Lease, 0.025), (Metric::WaitTime, Span::Wait, 0.005)] {
            let found = prometheus.ask("query_exemplars", &format!("{}{series}", metric.prometheus()));
            let exemplars: Vec<_> = found.iter().filter_map(|of| of["exemplars"].as_array()).flatten().collect();
            assert_eq!(exemplars.len(), 1, "{found:#?}");
            let sent = self.spans.iter().find(|data| data.name == span.name()).expect("it was sent");
            assert_eq!(exemplars[0]["labels"]["trace_id"], sent.span_context.trace_id().to_string());
            assert_eq!(exemplars[0]["labels"]["span_id"], sent.span_context.span_id().to_string());
            assert_eq!(exemplars[0]["value"].as_str().expect("a number").parse(), Ok(took));
            assert_eq!(found[0]["seriesLabels"]["pool"], "orders");
        }
    }
}

#[test]
fn prometheus_reads_classic_buckets_and_exemplars_from_the_text_format() {
    let scene = Scene::set();
    let Some(prometheus) = scene.prometheus("exemplar-storage") else { return };
    let count = prometheus.number(r#"clearpool_use_time_seconds_count{pool="orders",endpoint="a:1"}"#);
    assert_eq!(count, 2998.0);
    let half = r#"histogram_quantile(0.5, clearpool_use_time_seconds_bucket{pool="orders",endpoint="a:1"})"#;
    let (read, exact) = (prometheus.number(half), scene.exact(0.5));
    assert!((0.001..0.0025).contains(&read) && (0.001..0.0025).contains(&exact), "{read} for {exact}");
    scene.exemplars_are_the_spans(&prometheus, "_bucket");
}

#[test]
fn prometheus_reads_native_histograms_and_exemplars_from_the_protobuf_format() {
    let scene = Scene::set();
    let Some(prometheus) = scene.prometheus("exemplar-storage,native-histograms") else { return };
    let of = |metric: &str| format!(r#"{metric}{{pool="orders",endpoint="a:1"}}"#);
    let (uses, waits) = (of("clearpool_use_time_seconds"), of("clearpool_wait_time_seconds"));
    assert_eq!(prometheus.number(&format!("histogram_count({uses})")), 2998.0);
    for q in [0.01, 0.5, 0.9] {
        let (read, exact) = (prometheus.number(&format!("histogram_quantile({q}, {uses})")), scene.exact(q));
        // Within the bucket, whose upper bound is exact, plus what the shift to seconds costs.
        assert!(read >= exact * 0.915 && read <= exact * 1.016, "q{q}: {read} for {exact}");
    }
    let sum = scene.source.reading().snapshot().endpoints[0].timings.usage.sum().as_secs_f64();
    assert!((prometheus.number(&format!("histogram_sum({uses})")) - sum).abs() < 1e-9);
    // 2300 of 3000 did not wait.
    assert_eq!(prometheus.number(&format!("histogram_count({waits})")), 3000.0);
    let at_once = prometheus.number(&format!("histogram_fraction(0, 0.000001, {waits})"));
    assert!((at_once - 2300.0 / 3000.0).abs() < 1e-9, "{at_once}");
    assert_eq!(prometheus.number(r#"clearpool_acquires_total{pool="orders",endpoint="a:1",path="waited"}"#), 700.0);
    scene.exemplars_are_the_spans(&prometheus, "");
}
