//! Metrics as OTLP messages, made from snapshots.
//!
//! The SDK has no observable histograms and no public constructors for its data, so the messages
//! are made here.

use std::time::SystemTime;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Metric as Message,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use pool_core::Histogram;
use pool_core::catalog::{Attribute, Kind, Metric, SCOPE, Sample, Times, Value};

use crate::telemetry::buckets::NANOS_TO_SECONDS;
use crate::telemetry::clock::unix_nanos;
use crate::telemetry::health::Health;
use crate::telemetry::hub::PoolReading;
use crate::telemetry::label::shown;

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// Everything that is known now, as one message.
pub(crate) fn message(
    resource: &opentelemetry_sdk::Resource,
    readings: &[PoolReading],
    health: &Health,
    health_started: SystemTime,
    now: SystemTime,
) -> ExportMetricsServiceRequest {
    let metrics = Metric::every().filter_map(|metric| {
        let mut points = Points::new(metric, now);
        for pool in readings {
            points.add(pool.started, pool.reading.samples_of(metric));
        }
        points.add(health_started, health.samples_of(metric));
        points.message()
    });
    let scope = InstrumentationScope {
        name: SCOPE.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_metrics = ScopeMetrics { scope: Some(scope), metrics: metrics.collect(), schema_url: String::new() };
    let resource = ResourceAttributesWithSchema::from(resource);
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource { attributes: resource.attributes.0, ..Resource::default() }),
            scope_metrics: vec![scope_metrics],
            schema_url: resource.schema_url.unwrap_or_default(),
        }],
    }
}

/// The data points of one metric.
struct Points {
    metric: Metric,
    now: u64,
    numbers: Vec<NumberDataPoint>,
    histograms: Vec<ExponentialHistogramDataPoint>,
}

impl Points {
    fn new(metric: Metric, now: SystemTime) -> Points {
        Points { metric, now: unix_nanos(now), numbers: Vec::new(), histograms: Vec::new() }
    }

    fn add(&mut self, started: SystemTime, samples: Vec<Sample<'_>>) {
        let started = unix_nanos(started);
        for sample in samples {
            let attributes = sample.labels.iter().map(|(attribute, value)| pair(*attribute, value)).collect();
            match &sample.value {
                Value::Count(count) => {
                    let count = i64::try_from(*count).unwrap_or(i64::MAX);
                    self.number(started, attributes, number_data_point::Value::AsInt(count));
                }
                Value::Gauge(value) => {
                    let value = number(self.metric.kind(), *value);
                    self.number(started, attributes, value);
                }
                Value::Times(times) => self.histograms.push(self.histogram(started, attributes, times)),
            }
        }
    }

    /// The time of a point: never before its series began, though the wall clock be set back.
    fn at(&self, started: u64) -> u64 {
        self.now.max(started)
    }

    fn number(&mut self, started: u64, attributes: Vec<KeyValue>, value: number_data_point::Value) {
        self.numbers.push(NumberDataPoint {
            attributes,
            start_time_unix_nano: if self.metric.kind() == Kind::Gauge { 0 } else { started },
            time_unix_nano: self.at(started),
            value: Some(value),
            ..NumberDataPoint::default()
        });
    }

    fn histogram(&self, started: u64, attributes: Vec<KeyValue>, times: &Times<'_>) -> ExponentialHistogramDataPoint {
        ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: started,
            time_unix_nano: self.at(started),
            count: times.count(),
            sum: Some(times.sum().as_secs_f64()),
            scale: Histogram::SCALE as i32,
            zero_count: times.zeros,
            positive: Some(positive(times.histogram.buckets())),
            max: (times.count() > 0).then(|| times.histogram.max().as_secs_f64()),
            ..ExponentialHistogramDataPoint::default()
        }
    }

    fn message(self) -> Option<Message> {
        if self.numbers.is_empty() && self.histograms.is_empty() {
            return None;
        }
        Some(Message {
            name: self.metric.name().to_owned(),
            description: self.metric.meaning().to_owned(),
            unit: self.metric.unit().ucum(),
            data: Some(self.data()),
            ..Message::default()
        })
    }

    fn data(self) -> Data {
        let sum = |is_monotonic, data_points| {
            Data::Sum(Sum { data_points, aggregation_temporality: CUMULATIVE, is_monotonic })
        };
        match self.metric.kind() {
            Kind::Counter => sum(true, self.numbers),
            Kind::UpDown => sum(false, self.numbers),
            Kind::Histogram => Data::ExponentialHistogram(ExponentialHistogram {
                data_points: self.histograms,
                aggregation_temporality: CUMULATIVE,
            }),
            _ => Data::Gauge(Gauge { data_points: self.numbers }),
        }
    }
}

/// An up-down counter counts whole things.
fn number(kind: Kind, value: f64) -> number_data_point::Value {
    if kind == Kind::UpDown {
        number_data_point::Value::AsInt(value as i64)
    } else {
        number_data_point::Value::AsDouble(value)
    }
}

/// The buckets from the first that is not empty to the last.
fn positive(counts: &[u64]) -> Buckets {
    let Some(first) = counts.iter().position(|count| *count > 0) else { return Buckets::default() };
    let last = counts.iter().rposition(|count| *count > 0).unwrap_or(first);
    Buckets { offset: first as i32 - NANOS_TO_SECONDS, bucket_counts: counts[first..=last].to_vec() }
}

fn pair(attribute: Attribute, value: &str) -> KeyValue {
    use any_value::Value::{IntValue, StringValue};
    let value = match (attribute, value.parse()) {
        // The convention has a number there, where labels are texts.
        (Attribute::ServerPort, Ok(port)) => IntValue(port),
        _ => StringValue(shown(value).into_owned()),
    };
    let value = Some(AnyValue { value: Some(value) });
    KeyValue { key: attribute.label().to_owned(), value, ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_point_is_before_its_series_began_though_the_clock_be_set_back() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let mut points = Points::new(Metric::TelemetrySpans, now);
        let health = Health::new(true, std::sync::Arc::default());
        points.add(now + Duration::from_secs(3600), health.samples_of(Metric::TelemetrySpans));
        assert!(!points.numbers.is_empty());
        assert!(points.numbers.iter().all(|point| point.time_unix_nano >= point.start_time_unix_nano));
    }

    #[test]
    fn a_bucket_in_seconds_holds_its_nanoseconds_and_is_at_most_a_little_too_high() {
        for nanos in [1_u64, 999, 10_000, 1_234_567, 1_000_000_000, 60_000_000_000] {
            let mut histogram = Histogram::default();
            histogram.record(Duration::from_nanos(nanos));
            let buckets = positive(histogram.buckets());
            assert_eq!(buckets.bucket_counts, [1]);
            let base = f64::exp2(1.0 / 8.0);
            let upper = base.powi(buckets.offset + 1);
            let seconds = nanos as f64 / 1e9;
            let fine = Histogram::upper_bound(histogram.buckets().iter().position(|count| *count == 1).expect("one"));
            assert!(seconds <= upper, "{nanos} ns is not above {upper} s");
            assert!(upper / (fine / 1e9) < 1.016, "{nanos} ns: {upper} s for {fine} ns");
        }
    }
}
