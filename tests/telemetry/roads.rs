//! The three roads of metrics agree with the snapshot, and so with one another.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use clearpool::telemetry::{Guard, OtlpOptions, Setup, SpanMode};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::metrics::v1::{ExponentialHistogramDataPoint, Metric as Message, NumberDataPoint};
use parking_lot::Mutex;
use pool_core::catalog::{Kind, Metric, Reading, Sample, Value};

use crate::collector::Collector;
use crate::scenario::{Source, busy, endpoint};
use crate::scrape::{get, no_env, options, parse};

/// A series: the metric's name and its labels.
pub(crate) type Series = (String, Vec<(String, String)>);

/// What one road says of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    Number(f64),
    Times { count: u64, sum: f64 },
}

/// The recorder of this process: there can be but one. Its snapshots empty it, so one test has it at a time.
pub(crate) static RECORDER: LazyLock<Mutex<Snapshotter>> = LazyLock::new(|| {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().expect("the only recorder of this process");
    Mutex::new(snapshotter)
});

/// Telemetry that tells by all three roads, and the collector of one of them.
pub(crate) fn on_all_roads() -> (Collector, Guard) {
    let collector = Collector::start();
    let mut options = options();
    options.otlp = Some(OtlpOptions::new(collector.url()));
    options.metrics_facade = true;
    options.spans = SpanMode::Off;
    options.interval = Duration::from_millis(50).into();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    (collector, telemetry)
}

#[test]
fn all_three_roads_say_what_the_snapshot_says() {
    let snapshotter = RECORDER.lock();
    let (collector, telemetry) = on_all_roads();
    let source = Source::new("orders", busy());
    telemetry.hub().watch(source.clone());

    let expected = of_samples(&source.reading());
    let scraped = of_scrape(&get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1);
    let messages = next_with(&collector, &expected);
    let mut bridged = Bridged::of("orders");
    bridged.until(&snapshotter, &expected);
    assert_eq!(scraped, expected, "the scrape endpoint");
    assert_eq!(of_messages(&messages), expected, "OTLP");
    agree(&bridged.said, &expected);

    // And once more, since the facade is told differences.
    let mut later = busy();
    later.endpoints = vec![endpoint("a:1", 5, 9000, 900), endpoint("b \"quoted\"\\:2", 1, 500, 90)];
    later.pending = 0;
    source.set(Some(later));
    let expected = of_samples(&source.reading());
    let scraped = of_scrape(&get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1);
    assert_eq!(scraped, expected, "the scrape endpoint, later");
    assert_eq!(of_messages(&next_with(&collector, &expected)), expected, "OTLP, later");
    bridged.until(&snapshotter, &expected);
    agree(&bridged.said, &expected);
    telemetry.shutdown(Duration::from_secs(10)).expect("delivered");
}

#[test]
fn otlp_messages_have_units_kinds_times_and_buckets() {
    let collector = Collector::start();
    let mut options = options();
    options.otlp = Some(OtlpOptions::new(collector.url()));
    options.interval = Duration::from_millis(50).into();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("a free port");
    let source = Source::new("orders", busy());
    telemetry.hub().watch(source.clone());
    let expected = of_samples(&source.reading());
    let first = next_with(&collector, &expected);
    let second = next_with(&collector, &expected);
    for metric in Metric::ALL {
        let Some(message) = first.iter().find(|message| message.name == metric.name()) else { continue };
        assert_eq!(message.unit, metric.unit().ucum());
        assert_eq!(message.description, metric.meaning());
        match message.data.as_ref().expect("data") {
            Data::Sum(sum) => {
                assert_eq!(sum.aggregation_temporality, 2, "cumulative");
                assert_eq!(sum.is_monotonic, metric.kind() == Kind::Counter);
            }
            Data::ExponentialHistogram(_) => assert_eq!(metric.kind(), Kind::Histogram),
            Data::Gauge(_) => assert_eq!(metric.kind(), Kind::Gauge),
            other => panic!("{other:?}"),
        }
    }
    let (one, two) = (histogram(&first, Metric::UseTime), histogram(&second, Metric::UseTime));
    assert_eq!(one.start_time_unix_nano, two.start_time_unix_nano, "a series begins once");
    assert!(one.time_unix_nano < two.time_unix_nano);
    let lived = one.time_unix_nano - one.start_time_unix_nano;
    assert!(lived >= 90_000_000_000, "the pool was 90 s old: {lived}");
    quantiles_are_right(one, &source.reading());
}

fn histogram(messages: &[Message], metric: Metric) -> &ExponentialHistogramDataPoint {
    let message = messages.iter().find(|message| message.name == metric.name()).expect("it is there");
    let Some(Data::ExponentialHistogram(histogram)) = &message.data else { panic!("a histogram") };
    &histogram.data_points[0]
}

/// The median read from the message's buckets is that of the snapshot, within what is stated.
fn quantiles_are_right(point: &ExponentialHistogramDataPoint, reading: &Reading) {
    assert_eq!(point.scale, 3);
    let buckets = point.positive.as_ref().expect("not empty");
    let mut seen = point.zero_count;
    let place = buckets.bucket_counts.iter().position(|count| {
        seen += count;
        seen * 2 >= point.count
    });
    let index = buckets.offset + i32::try_from(place.expect("a median")).expect("small");
    let upper = f64::exp2(f64::from(index + 1) / 8.0);
    let exact = reading.snapshot().endpoints[0].timings.usage.quantile(0.5).expect("not empty").as_secs_f64();
    assert!(upper >= exact && upper <= exact * 1.016, "{upper} for {exact}");
}

/// Messages that come until one says all of this: what was under way before the pool was watched
/// says less.
fn next_with(collector: &Collector, expected: &BTreeMap<Series, Said>) -> Vec<Message> {
    loop {
        let messages = collector.metrics();
        if of_messages(&messages) == *expected {
            return messages;
        }
        let said = of_messages(&messages);
        let known = said.keys().filter(|series| expected.contains_key(*series)).count();
        assert!(known < expected.len() || said.len() == expected.len(), "a series too many: {said:#?}");
    }
}

fn of_samples(reading: &Reading) -> BTreeMap<Series, Said> {
    reading.samples().map(|sample| (series_of(&sample), said(&sample.value))).collect()
}

fn series_of(sample: &Sample<'_>) -> Series {
    let labels =
        sample.labels.iter().map(|(attribute, value)| (attribute.label().to_owned(), value.clone().into_owned()));
    (sample.metric.name().to_owned(), labels.collect())
}

fn said(value: &Value<'_>) -> Said {
    match value {
        Value::Count(count) => Said::Number(*count as f64),
        Value::Gauge(value) => Said::Number(*value),
        Value::Times(times) => Said::Times { count: times.count(), sum: times.sum().as_secs_f64() },
    }
}

/// An exposition, with the buckets checked against the count and the names turned back.
pub(crate) fn of_scrape(body: &str) -> BTreeMap<Series, Said> {
    let series = parse(body);
    let mut all = BTreeMap::new();
    for metric in Metric::ALL {
        let name = metric.prometheus();
        let suffix = if metric.kind() == Kind::Histogram { "_count" } else { "" };
        let start = format!("{name}{suffix}{{");
        for (found, value) in series.iter().filter(|(found, _)| found.starts_with(&start)) {
            let labels = &found[start.len()..found.len() - 1];
            let key = (metric.name().to_owned(), split(labels));
            // What the exporters tell of themselves is in no snapshot.
            if !labels.starts_with("pool=") {
                continue;
            }
            let said = if suffix.is_empty() {
                Said::Number(*value)
            } else {
                let infinite = series[&format!("{name}_bucket{{le=\"+Inf\",{labels}}}")];
                assert_eq!(infinite, *value, "the last bucket of {found} holds all");
                let of_family = series.keys().filter(|key| key.starts_with(&format!("{name}_bucket{{")));
                let buckets = of_family.filter(|key| key.ends_with(&format!("\",{labels}}}")));
                assert_eq!(buckets.count(), metric.bounds().len() + 1);
                Said::Times { count: *value as u64, sum: series[&format!("{name}_sum{{{labels}}}")] }
            };
            all.insert(key, said);
        }
    }
    all
}

fn split(labels: &str) -> Vec<(String, String)> {
    let pairs = labels.split("\",").map(|pair| pair.split_once("=\"").expect("a label"));
    let unescape = |value: &str| value.trim_end_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
    let whole = |(name, value): (&str, &str)| (name.to_owned(), unescape(value));
    pairs.map(whole).collect()
}

pub(crate) fn of_messages(messages: &[Message]) -> BTreeMap<Series, Said> {
    let mut all = BTreeMap::new();
    for message in messages.iter().filter(|message| !message.name.starts_with("clearpool.telemetry.")) {
        let mut add = |attributes: &[KeyValue], said| {
            let labels = attributes.iter().map(|pair| (pair.key.clone(), text(pair))).collect();
            assert!(all.insert((message.name.clone(), labels), said).is_none(), "each series comes once");
        };
        match message.data.as_ref().expect("data") {
            Data::Sum(sum) => sum.data_points.iter().for_each(|point| add(&point.attributes, number(point))),
            Data::Gauge(gauge) => gauge.data_points.iter().for_each(|point| add(&point.attributes, number(point))),
            Data::ExponentialHistogram(histogram) => {
                for point in &histogram.data_points {
                    let counts = &point.positive.as_ref().expect("buckets").bucket_counts;
                    assert_eq!(counts.iter().sum::<u64>() + point.zero_count, point.count);
                    add(&point.attributes, Said::Times { count: point.count, sum: point.sum.expect("a sum") });
                }
            }
            other => panic!("{other:?}"),
        }
    }
    all
}

fn text(pair: &KeyValue) -> String {
    match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

fn number(point: &NumberDataPoint) -> Said {
    match point.value.expect("a value") {
        number_data_point::Value::AsInt(value) => Said::Number(value as f64),
        number_data_point::Value::AsDouble(value) => Said::Number(value),
    }
}

/// What the recorder of the facade was told, summed up: its snapshots empty it.
#[derive(Debug, Default)]
pub(crate) struct Bridged {
    pool: &'static str,
    pub(crate) said: BTreeMap<Series, Said>,
}

impl Bridged {
    /// What it is told of the pool of this name.
    pub(crate) fn of(pool: &'static str) -> Bridged {
        Bridged { pool, ..Bridged::default() }
    }

    /// Listens until every expected count is there.
    fn until(&mut self, snapshotter: &Snapshotter, expected: &BTreeMap<Series, Said>) {
        for _ in 0..3000 {
            self.listen(snapshotter);
            let counts = |all: &BTreeMap<Series, Said>| all.values().map(count).sum::<f64>();
            if counts(&self.said) == counts(expected) {
                return;
            }
            // The sender has to live, or there is no pause.
            let (_sender, pause) = std::sync::mpsc::channel::<()>();
            let _ = pause.recv_timeout(Duration::from_millis(10));
        }
        panic!("the facade was told {:#?}\ninstead of {expected:#?}", self.said);
    }

    pub(crate) fn listen(&mut self, snapshotter: &Snapshotter) {
        for (key, _, _, value) in snapshotter.snapshot().into_vec() {
            let name = key.key().name().to_owned();
            let labels = key.key().labels().map(|label| (label.key().to_owned(), label.value().to_owned()));
            let series: Series = (name, labels.collect());
            // What the exporters tell of themselves is in no snapshot, and has no pool.
            if series.1.first().is_none_or(|(_, pool)| pool != self.pool) {
                continue;
            }
            let before = self.said.remove(&series);
            self.said.insert(series, add(before, value));
        }
    }
}

fn add(before: Option<Said>, value: DebugValue) -> Said {
    match (value, before) {
        (DebugValue::Gauge(value), _) => Said::Number(value.0),
        (DebugValue::Counter(new), Some(Said::Number(old))) => Said::Number(old + new as f64),
        (DebugValue::Counter(new), _) => Said::Number(new as f64),
        (DebugValue::Histogram(new), before) => {
            let (count, sum) = match before {
                Some(Said::Times { count, sum }) => (count, sum),
                _ => (0, 0.0),
            };
            Said::Times { count: count + new.len() as u64, sum: sum + new.iter().map(|value| value.0).sum::<f64>() }
        }
    }
}

fn count(said: &Said) -> f64 {
    match said {
        // A limit that there is not would make every sum alike.
        Said::Number(number) if number.is_infinite() => 1.0,
        Said::Number(number) => *number,
        Said::Times { count, .. } => *count as f64,
    }
}

/// Counts are exact; sums are within half a bucket.
fn agree(told: &BTreeMap<Series, Said>, expected: &BTreeMap<Series, Said>) {
    let names = |all: &BTreeMap<Series, Said>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(told), names(expected));
    for (series, said) in told {
        match (said, &expected[series]) {
            (Said::Times { count, sum }, Said::Times { count: exact_count, sum: exact_sum }) => {
                assert_eq!(count, exact_count, "{series:?}");
                assert!((sum - exact_sum).abs() <= exact_sum * 0.045, "{series:?}: {sum} for {exact_sum}");
            }
            (number, exact) => assert_eq!(number, exact, "{series:?}"),
        }
    }
}
