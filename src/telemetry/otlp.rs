//! OTLP over HTTP: metrics and spans for a collector.
//!
//! Both go through one small client of our own on the telemetry's own thread, so that a collector
//! that is slow or dead can hold up nothing else. Metrics are made from snapshots, spans by the
//! SDK's batch processor.

mod metrics;
mod post;
mod push;
mod spans;
mod target;

pub(crate) use push::{MetricsPush, push_every};
pub(crate) use spans::{SpanPush, tracer_provider};
pub(crate) use target::{Collector, Target, header};
