//! Sends the metrics to the collector every so often.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::body::Bytes;
use opentelemetry_sdk::Resource;
use prost::Message;
use tokio::time::MissedTickBehavior;

use super::{Collector, Target, metrics, send};
use crate::telemetry::clock;
use crate::telemetry::complaint::Complaint;
use crate::telemetry::health::{Health, Signal};
use crate::telemetry::hub::Hub;

/// What is sent where.
#[derive(Debug)]
pub(crate) struct MetricsPush {
    collector: Arc<Collector>,
    target: Target,
    hub: Hub,
    health: Arc<Health>,
    resource: Resource,
    started: SystemTime,
    complaint: Complaint,
}

impl MetricsPush {
    /// `None` if the collector is to get no metrics.
    pub(crate) fn new(
        collector: Arc<Collector>,
        hub: Hub,
        health: Arc<Health>,
        resource: Resource,
    ) -> Option<MetricsPush> {
        let target = collector.metrics.clone()?;
        let complaint = Complaint::new(Signal::Metrics, &target);
        Some(MetricsPush { collector, target, hub, health, resource, started: clock::now(), complaint })
    }

    /// Sends what is known now. What is lost is told by the next message: all is cumulative. So
    /// there is no second try.
    pub(crate) async fn push(&self, timeout: Duration) -> bool {
        let message = metrics::message(&self.resource, &self.hub.read(), &self.health, self.started, clock::now());
        let body = Bytes::from(message.encode_to_vec());
        let result = send(&self.collector, &self.target, body, timeout.min(self.collector.timeout)).await;
        self.health.exported(Signal::Metrics, result.is_ok());
        self.complaint.hear(result.as_ref().err());
        result.is_ok()
    }
}

/// Pushes for ever.
pub(crate) async fn push_every(push: Arc<MetricsPush>, interval: Duration) {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        push.push(Duration::MAX).await;
    }
}
