//! How the exporters themselves fare: counted, and told as metrics of their own. With them goes what belongs to no
//! pool either.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pool_core::catalog::{Attribute, Metric, Sample, Value};

use super::configs::Configs;

/// What is sent to the collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Metrics,
    Traces,
}

impl Signal {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Signal::Metrics => Attribute::METRICS,
            Signal::Traces => Attribute::TRACES,
        }
    }
}

/// How the exporters fare.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Whether a collector is configured; if none is, there is nothing to tell of exports.
    pub(crate) exporting: bool,
    /// How the configurations stand that pools were made from.
    configs: Arc<Configs>,
    metrics: Fate,
    traces: Fate,
    spans: Fate,
    spans_ended: AtomicU64,
}

#[derive(Debug, Default)]
struct Fate {
    delivered: AtomicU64,
    lost: AtomicU64,
}

impl Fate {
    fn count(&self, delivered: bool, count: u64) {
        if delivered { &self.delivered } else { &self.lost }.fetch_add(count, Relaxed);
    }

    fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }
}

impl Health {
    pub(crate) fn new(exporting: bool, configs: Arc<Configs>) -> Arc<Health> {
        Arc::new(Health { exporting, configs, ..Health::default() })
    }

    /// An export ended.
    pub(crate) fn exported(&self, signal: Signal, delivered: bool) {
        self.exports(signal).count(delivered, 1);
    }

    /// So many spans were taken by the collector, or given up.
    pub(crate) fn settle_spans(&self, delivered: bool, count: usize) {
        self.spans.count(delivered, count as u64);
    }

    /// A span ended; whether there is room for it on the way, which holds at most `most`.
    pub(crate) fn admit_span(&self, most: u64) -> bool {
        let ended = self.spans_ended.fetch_add(1, Relaxed) + 1;
        let room = ended - self.settled_spans().min(ended) <= most;
        if !room {
            self.spans.count(false, 1);
        }
        room
    }

    /// A span was lost before it was made.
    pub(crate) fn lose_span(&self) {
        self.spans.count(false, 1);
        self.spans_ended.fetch_add(1, Relaxed);
    }

    /// Spans that ended and that the collector does not have.
    pub(crate) fn undelivered_spans(&self) -> u64 {
        self.spans_ended.load(Relaxed).saturating_sub(self.spans.delivered())
    }

    fn settled_spans(&self) -> u64 {
        self.spans.delivered() + self.spans.lost()
    }

    fn exports(&self, signal: Signal) -> &Fate {
        match signal {
            Signal::Metrics => &self.metrics,
            Signal::Traces => &self.traces,
        }
    }

    /// What there is to tell of one metric.
    pub(crate) fn samples_of(&self, metric: Metric) -> Vec<Sample<'static>> {
        match metric {
            Metric::Reloads | Metric::ConfigStatus => self.configs.samples_of(metric),
            _ if !self.exporting => Vec::new(),
            Metric::TelemetryExports => [Signal::Metrics, Signal::Traces]
                .into_iter()
                .flat_map(|signal| self.exports(signal).samples(metric, &[(Attribute::Signal, signal.as_str())]))
                .collect(),
            Metric::TelemetrySpans => self.spans.samples(metric, &[]),
            _ => Vec::new(),
        }
    }
}

impl Fate {
    fn samples(&self, metric: Metric, labels: &[(Attribute, &'static str)]) -> Vec<Sample<'static>> {
        let fates = [(Attribute::DELIVERED, self.delivered()), (Attribute::LOST, self.lost())];
        fates
            .into_iter()
            .map(|(word, count)| {
                let labels = labels.iter().copied().chain([(Attribute::Delivery, word)]);
                let labels = labels.map(|(attribute, word)| (attribute, word.into())).collect();
                Sample { metric, labels, value: Value::Count(count) }
            })
            .collect()
    }
}
