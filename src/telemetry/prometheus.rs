//! Metrics as Prometheus reads them.

use std::sync::Arc;

use pool_core::catalog::{Metric, Sample};

use super::exemplars::Exemplars;
use super::exposition::{self, MetricFamily};
use super::health::Health;
use super::hub::{Hub, PoolReading};

/// Reads the pools at every scrape.
#[derive(Debug)]
pub(crate) struct Scraper {
    hub: Hub,
    health: Arc<Health>,
    /// Where there are spans: what they left for the buckets.
    exemplars: Option<Arc<Exemplars>>,
}

impl Scraper {
    pub(crate) fn new(hub: Hub, health: Arc<Health>, exemplars: Option<Arc<Exemplars>>) -> Scraper {
        Scraper { hub, health, exemplars }
    }

    /// The metrics in the OpenMetrics text format 1.0.
    pub(crate) fn openmetrics(&self) -> String {
        exposition::openmetrics(&self.families())
    }

    /// The same in the older Prometheus text format 0.0.4.
    pub(crate) fn plain(&self) -> String {
        exposition::plain(&self.families())
    }

    /// The same in the protobuf format, which alone has native histograms.
    pub(crate) fn protobuf(&self) -> Vec<u8> {
        exposition::protobuf(&self.families())
    }

    fn families(&self) -> Vec<MetricFamily> {
        let (readings, exemplars) = (self.hub.read(), self.exemplars.as_deref());
        let families = Metric::every()
            .filter_map(|metric| exposition::family(metric, &samples_of(metric, &readings, &self.health), exemplars));
        families.collect()
    }
}

/// All series of one metric, those of all pools and of the exporters.
pub(crate) fn samples_of<'a>(metric: Metric, readings: &'a [PoolReading], health: &Health) -> Vec<Sample<'a>> {
    let of_pools = readings.iter().flat_map(|pool| pool.reading.samples_of(metric));
    of_pools.chain(health.samples_of(metric)).collect()
}
