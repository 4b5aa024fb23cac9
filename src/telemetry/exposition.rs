//! What a scraper gets: the metrics as Prometheus' own messages, in one of its three formats.
//!
//! They are made here and not by `prometheus-client`: its encoders take exemplars from its own
//! histograms only, and its protobuf format needs a compiler of protobuf at build time.

mod messages;
mod native;
mod text;

use std::time::SystemTime;

use pool_core::catalog::{Attribute, Kind, Metric, Sample, Times, Unit, Value};
use prost::Message;

pub(crate) use self::messages::MetricFamily;
use self::messages::{Bucket, Counter, Exemplar, Gauge, Histogram, LabelPair, Metric as Series, MetricType, Timestamp};
use self::text::Dialect;
use super::clock::unix_nanos;
use super::exemplars::{self, Exemplars};
use super::label::shown;

/// All series of these samples, which are of one metric; `None` if there are none.
pub(crate) fn family(metric: Metric, samples: &[Sample<'_>], exemplars: Option<&Exemplars>) -> Option<MetricFamily> {
    if samples.is_empty() {
        return None;
    }
    let kind = match metric.kind() {
        Kind::Counter => MetricType::Counter,
        Kind::Histogram => MetricType::Histogram,
        _ => MetricType::Gauge,
    };
    let unit = if metric.unit() == Unit::Seconds { "seconds" } else { "" };
    Some(MetricFamily {
        name: metric.prometheus(),
        help: metric.meaning().to_owned(),
        r#type: kind as i32,
        metric: samples.iter().map(|sample| series(sample, exemplars)).collect(),
        unit: unit.to_owned(),
    })
}

/// In the OpenMetrics text format 1.0, with exemplars.
pub(crate) fn openmetrics(families: &[MetricFamily]) -> String {
    text::write(families, Dialect::OpenMetrics)
}

/// In the older Prometheus text format 0.0.4.
pub(crate) fn plain(families: &[MetricFamily]) -> String {
    text::write(families, Dialect::Plain)
}

/// In the protobuf format, with exemplars and native histograms beside the classic ones.
pub(crate) fn protobuf(families: &[MetricFamily]) -> Vec<u8> {
    families.iter().flat_map(Message::encode_length_delimited_to_vec).collect()
}

fn series(sample: &Sample<'_>, exemplars: Option<&Exemplars>) -> Series {
    let label = sample.labels.iter().map(|(attribute, value)| pair(&attribute.prometheus(), &shown(value))).collect();
    let mut series = Series { label, ..Series::default() };
    match &sample.value {
        Value::Count(count) => series.counter = Some(Counter { value: *count as f64 }),
        Value::Gauge(value) => series.gauge = Some(Gauge { value: *value }),
        Value::Times(times) => series.histogram = Some(histogram(sample, times, exemplars)),
    }
    series
}

fn histogram(sample: &Sample<'_>, times: &Times<'_>, exemplars: Option<&Exemplars>) -> Histogram {
    let bounds = sample.metric.bounds();
    let mut below = 0;
    let classic =
        bounds.iter().copied().chain([f64::INFINITY]).zip(times.classic(bounds)).map(|(upper_bound, count)| {
            below += count;
            Bucket { cumulative_count: below, upper_bound, exemplar: None }
        });
    let mut histogram = Histogram {
        sample_count: times.count(),
        sample_sum: times.sum().as_secs_f64(),
        bucket: classic.collect(),
        ..Histogram::default()
    };
    if let Some(exemplars) = exemplars {
        for (bucket, kept) in
            exemplars.of(sample.metric, label(sample, Attribute::Pool), label(sample, Attribute::Endpoint))
        {
            histogram.bucket[bucket].exemplar = Some(exemplar(&kept));
        }
    }
    native::add_to(&mut histogram, times.zeros, times.histogram.buckets());
    histogram
}

fn label<'a>(sample: &'a Sample<'_>, wanted: Attribute) -> &'a str {
    sample.labels.iter().find(|(attribute, _)| *attribute == wanted).map_or("", |(_, value)| &**value)
}

fn exemplar(kept: &exemplars::Exemplar) -> Exemplar {
    let (trace, span) = (u128::from_be_bytes(kept.span.trace_id), u64::from_be_bytes(kept.span.span_id));
    Exemplar {
        label: vec![pair("trace_id", &format!("{trace:032x}")), pair("span_id", &format!("{span:016x}"))],
        value: kept.took.as_secs_f64(),
        timestamp: Some(timestamp(kept.at)),
    }
}

fn timestamp(at: SystemTime) -> Timestamp {
    let nanos = unix_nanos(at);
    Timestamp { seconds: (nanos / 1_000_000_000) as i64, nanos: (nanos % 1_000_000_000) as i32 }
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: name.to_owned(), value: value.to_owned() }
}
