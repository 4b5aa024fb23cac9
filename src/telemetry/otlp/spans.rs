//! Sends spans to the collector, in batches that the SDK gathers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor,
};
use prost::Message;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use super::{Collector, Failure, Target, send};
use crate::telemetry::complaint::Complaint;
use crate::telemetry::health::{Health, Signal};

/// As many spans may be on the way: about 2 MB.
const ON_THE_WAY: usize = 2048;

/// The pause before the second try; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A provider of tracers whose spans go to the collector.
pub(crate) fn tracer_provider(push: SpanPush, resource: Resource) -> SdkTracerProvider {
    let health = Arc::clone(&push.shared.health);
    let config = BatchConfigBuilder::default().with_max_queue_size(ON_THE_WAY).build();
    let batches = BatchSpanProcessor::builder(push).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(Counted { batches, health }).with_resource(resource).build()
}

/// Counts the spans that end, and drops those for which there is no room, before the SDK would do
/// it without telling how many.
#[derive(Debug)]
struct Counted {
    batches: BatchSpanProcessor,
    health: Arc<Health>,
}

impl SpanProcessor for Counted {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.batches.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        if self.health.admit_span(ON_THE_WAY as u64) {
            self.batches.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// The exporter of spans. The SDK calls it on a thread of its own, where there is no runtime; what
/// it does runs on the telemetry's.
pub(crate) struct SpanPush {
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
    shared: Arc<Shared>,
}

struct Shared {
    collector: Arc<Collector>,
    target: Target,
    health: Arc<Health>,
    complaint: Complaint,
}

impl SpanPush {
    /// `None` if the collector is to get no spans.
    pub(crate) fn new(collector: Arc<Collector>, health: Arc<Health>, runtime: Handle) -> Option<SpanPush> {
        let target = collector.traces.clone()?;
        let complaint = Complaint::new(Signal::Traces, &target);
        let shared = Arc::new(Shared { collector, target, health, complaint });
        Some(SpanPush { runtime, resource: ResourceAttributesWithSchema::default(), shared })
    }
}

impl SpanExporter for SpanPush {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        let shared = Arc::clone(&self.shared);
        let sent = self.runtime.spawn(async move { shared.send(body).await });
        // The task is lost if the telemetry's thread has ended.
        let result = sent.await.unwrap_or_else(|_| Err(Failure::Unreachable("the telemetry is shut down".to_owned())));
        self.shared.settle(count, &result);
        result.map(drop).map_err(|failure| OTelSdkError::InternalFailure(failure.to_string()))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl Shared {
    /// Tries until it works, cannot work, or the time is up. The number of spans refused.
    async fn send(&self, body: Bytes) -> Result<usize, Failure> {
        let deadline = Instant::now() + self.collector.timeout;
        let mut pause = FIRST_PAUSE;
        let result = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match send(&self.collector, &self.target, body.clone(), left).await {
                Err(failure) if failure.may_pass() && Instant::now() + pause < deadline => {
                    sleep_until(Instant::now() + pause).await;
                    pause *= 2;
                }
                result => break result,
            }
        };
        self.complaint.hear(result.as_ref().err());
        result.map(|answer| refused(&answer))
    }

    fn settle(&self, count: usize, result: &Result<usize, Failure>) {
        self.health.exported(Signal::Traces, result.is_ok());
        let delivered = result.as_ref().map_or(0, |refused| count.saturating_sub(*refused));
        self.health.settle_spans(true, delivered);
        self.health.settle_spans(false, count - delivered);
    }
}

/// How many of the spans the collector did not want, though it took the message.
fn refused(answer: &[u8]) -> usize {
    let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.map_or(0, |partial| usize::try_from(partial.rejected_spans).unwrap_or(0))
}

impl fmt::Debug for SpanPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SpanPush").field(&self.shared.target).finish()
    }
}
