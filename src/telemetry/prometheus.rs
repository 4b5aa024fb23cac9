//! Metrics as Prometheus reads them.

use std::fmt;
use std::sync::Arc;

use pool_core::catalog::{Kind, Metric, Sample, Times, Unit, Value};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit as OpenMetricsUnit};

use super::health::Health;
use super::hub::{Hub, PoolReading};

/// Reads the pools at every scrape.
#[derive(Debug)]
pub(crate) struct Scraper {
    registry: Registry,
}

impl Scraper {
    pub(crate) fn new(hub: Hub, health: Arc<Health>) -> Scraper {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Pools { hub, health }));
        Scraper { registry }
    }

    /// The metrics in the OpenMetrics text format 1.0.
    pub(crate) fn openmetrics(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        // Writing into a string cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }

    /// The same in the older Prometheus text format 0.0.4: there a counter's family has `_total` in
    /// its name, and there are neither units nor an end mark.
    pub(crate) fn plain(&self) -> String {
        let openmetrics = self.openmetrics();
        let counters: Vec<_> =
            openmetrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
        let mut text = String::with_capacity(openmetrics.len());
        for line in openmetrics.lines().filter(|line| *line != "# EOF" && !line.starts_with("# UNIT ")) {
            let mut words = line.splitn(4, ' ');
            let head = (words.next(), words.next(), words.next());
            match head {
                (Some("#"), Some(what), Some(family)) if counters.contains(&family) => {
                    text.push_str(&format!("# {what} {family}_total {}", words.next().unwrap_or_default()));
                }
                _ => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}

#[derive(Debug)]
struct Pools {
    hub: Hub,
    health: Arc<Health>,
}

impl Collector for Pools {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let readings = self.hub.read();
        for metric in Metric::ALL {
            let samples = samples_of(*metric, &readings, &self.health);
            if !samples.is_empty() {
                encode_family(&mut encoder, *metric, &samples)?;
            }
        }
        Ok(())
    }
}

/// All series of one metric, those of all pools and of the exporters.
pub(crate) fn samples_of<'a>(metric: Metric, readings: &'a [PoolReading], health: &Health) -> Vec<Sample<'a>> {
    let of_pools = readings.iter().flat_map(|pool| pool.reading.samples_of(metric));
    of_pools.chain(health.samples_of(metric)).collect()
}

fn encode_family(encoder: &mut DescriptorEncoder<'_>, metric: Metric, samples: &[Sample<'_>]) -> fmt::Result {
    let (family, unit) = (metric.family(), unit(metric));
    let mut encoder = encoder.encode_descriptor(&family, metric.meaning(), unit.as_ref(), kind(metric))?;
    for sample in samples {
        let labels: Vec<_> = sample.labels.iter().map(|(attribute, value)| (attribute.label(), *value)).collect();
        encode_value(&mut encoder.encode_family(&labels)?, metric, &sample.value)?;
    }
    Ok(())
}

fn encode_value(encoder: &mut MetricEncoder<'_>, metric: Metric, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Count(count) => encoder.encode_counter::<NoLabelSet, u64, f64>(count, None),
        Value::Gauge(value) => encoder.encode_gauge(value),
        Value::Times(times) => {
            let buckets = buckets(times, metric.bounds());
            encoder.encode_histogram::<NoLabelSet>(times.sum().as_secs_f64(), times.count(), &buckets, None)
        }
    }
}

fn buckets(times: &Times<'_>, bounds: &[f64]) -> Vec<(f64, u64)> {
    bounds.iter().copied().chain([f64::INFINITY]).zip(times.classic(bounds)).collect()
}

fn kind(metric: Metric) -> MetricType {
    match metric.kind() {
        Kind::Counter => MetricType::Counter,
        Kind::Histogram => MetricType::Histogram,
        _ => MetricType::Gauge,
    }
}

fn unit(metric: Metric) -> Option<OpenMetricsUnit> {
    match metric.unit() {
        Unit::Seconds => Some(OpenMetricsUnit::Seconds),
        _ => None,
    }
}
