//! Metrics through the `metrics` facade, for whatever recorder the application has installed.
//!
//! Counters and gauges are exact: what was counted since the last time is added. The facade takes
//! single values only, so a duration is told as the middle of its fine bucket, up to 4.5 % off, and
//! a great many are told in slices, with a pause for others after each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, Recorder, SharedString};
use pool_core::Histogram;
use pool_core::catalog::{Attribute, Kind, Metric, SCOPE, Sample, Unit, Value};
use tokio::time::MissedTickBehavior;

use super::health::Health;
use super::hub::Hub;
use super::label::shown;
use super::prometheus::samples_of;

/// As many durations are told at a time.
const SLICE: u64 = 1024;

static METADATA: Metadata<'static> = Metadata::new(SCOPE, Level::INFO, Some(module_path!()));

/// Feeds the recorder for ever.
pub(crate) async fn feed_every(hub: Hub, health: Arc<Health>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut bridge = Bridge::default();
    loop {
        ticks.tick().await;
        for slice in bridge.feed(&hub, &health) {
            metrics::with_recorder(|recorder| slice.tell(recorder));
            tokio::task::yield_now().await;
        }
    }
}

type Series = (Metric, Vec<(Attribute, String)>);

/// What was told already.
#[derive(Debug, Default)]
struct Bridge {
    described: bool,
    counts: HashMap<Series, u64>,
    times: HashMap<Series, (Histogram, u64)>,
}

/// Some durations of one series, all of one bucket.
#[derive(Debug)]
struct Slice {
    key: Key,
    seconds: f64,
    count: usize,
}

impl Bridge {
    /// Tells counters and gauges at once, and returns the durations that are new.
    fn feed(&mut self, hub: &Hub, health: &Health) -> Vec<Slice> {
        metrics::with_recorder(|recorder| {
            if !std::mem::replace(&mut self.described, true) {
                describe(recorder);
            }
            let readings = hub.read();
            let samples = Metric::every().flat_map(|metric| samples_of(metric, &readings, health));
            samples.flat_map(|sample| self.tell(recorder, &sample)).collect()
        })
    }

    fn tell(&mut self, recorder: &dyn Recorder, sample: &Sample<'_>) -> Vec<Slice> {
        let key = key(sample);
        match &sample.value {
            Value::Gauge(value) => recorder.register_gauge(&key, &METADATA).set(*value),
            Value::Count(count) => {
                let told = self.counts.entry(series(sample)).or_default();
                // Less than before: an endpoint left and came back, and counts from zero again.
                let new = if *count >= *told { *count - *told } else { *count };
                *told = *count;
                recorder.register_counter(&key, &METADATA).increment(new);
            }
            Value::Times(times) => {
                let told = self.times.entry(series(sample)).or_default();
                let restarted = times.count() < told.0.count() + told.1;
                let before = if restarted { (Histogram::default(), 0) } else { std::mem::take(told) };
                *told = (times.histogram.clone().into_owned(), times.zeros);
                return slices(&key, &times.histogram.since(&before.0), times.zeros.saturating_sub(before.1));
            }
        }
        Vec::new()
    }
}

impl Slice {
    fn tell(&self, recorder: &dyn Recorder) {
        recorder.register_histogram(&self.key, &METADATA).record_many(self.seconds, self.count);
    }
}

fn slices(key: &Key, new: &Histogram, zeros: u64) -> Vec<Slice> {
    let buckets = new.buckets().iter().enumerate().map(|(bucket, count)| (middle(bucket), *count));
    std::iter::once((0.0, zeros)).chain(buckets).flat_map(|(seconds, count)| cut(key, seconds, count)).collect()
}

fn cut(key: &Key, seconds: f64, count: u64) -> impl Iterator<Item = Slice> {
    let slices = count.div_ceil(SLICE);
    (0..slices).map(move |slice| Slice { key: key.clone(), seconds, count: SLICE.min(count - slice * SLICE) as usize })
}

/// The geometric middle of a bucket, in seconds.
fn middle(bucket: usize) -> f64 {
    Histogram::upper_bound(bucket) / f64::exp2(0.5 / f64::from(1_u32 << Histogram::SCALE)) / 1e9
}

fn describe(recorder: &dyn Recorder) {
    for metric in Metric::every() {
        let name = metrics::KeyName::from_const_str(metric.name());
        let unit = (metric.unit() == Unit::Seconds).then_some(metrics::Unit::Seconds);
        let meaning = SharedString::const_str(metric.meaning());
        match metric.kind() {
            Kind::Counter => recorder.describe_counter(name, unit, meaning),
            Kind::Histogram => recorder.describe_histogram(name, unit, meaning),
            _ => recorder.describe_gauge(name, unit, meaning),
        }
    }
}

fn key(sample: &Sample<'_>) -> Key {
    let labels =
        sample.labels.iter().map(|(attribute, value)| Label::new(attribute.label(), shown(value).into_owned()));
    Key::from_parts(sample.metric.name(), labels.collect::<Vec<_>>())
}

fn series(sample: &Sample<'_>) -> Series {
    (sample.metric, sample.labels.iter().map(|(attribute, value)| (*attribute, shown(value).into_owned())).collect())
}
