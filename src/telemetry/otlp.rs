//! OTLP, over HTTP or gRPC: metrics and spans for a collector.
//!
//! Both go through one small client of our own on the telemetry's own thread, so that a collector
//! that is slow or dead can hold up nothing else. Metrics are made from snapshots, spans by the
//! SDK's batch processor.

mod failure;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod metrics;
mod post;
mod push;
mod spans;
mod target;

use std::time::Duration;

use hyper::body::Bytes;

pub(crate) use failure::Failure;
pub(crate) use push::{MetricsPush, push_every};
pub(crate) use spans::{SpanPush, tracer_provider};
pub(crate) use target::{Collector, Target, header};

/// Sends one encoded message and gives the encoded answer.
async fn send(collector: &Collector, target: &Target, body: Bytes, timeout: Duration) -> Result<Bytes, Failure> {
    let exchange = async {
        #[cfg(feature = "otlp-grpc")]
        if target.protocol == super::options::OtlpProtocol::Grpc {
            return grpc::call(target, &collector.headers, body).await;
        }
        post::post(target, &collector.headers, body).await
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(result) => result,
        Err(_) => Err(Failure::TooSlow(timeout)),
    }
}
