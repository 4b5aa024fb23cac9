//! A real pool under load: its spans, its metrics and its own counts tell the same story.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use clearpool::telemetry::{Setup, SpanMode};
use opentelemetry::trace::{SpanContext, SpanId};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use pool_core::catalog::{Attribute, Span};
use pool_core::{ConnectCx, Connector, Limits, PoolOptions};
use pool_tokio::{AnyPool, Pool};

use crate::scrape::{get, no_env, options, parse};

/// Makes nothing, and takes a moment for it.
pub(crate) struct Idle;

impl Connector for Idle {
    type Connection = ();
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<(), Infallible> {
        tokio::task::yield_now().await;
        Ok(())
    }
}

#[tokio::test]
async fn spans_metrics_and_counts_of_a_real_pool_agree() {
    let kept = InMemorySpanExporter::default();
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(kept.clone()).build();
    let mut options = options();
    options.spans = SpanMode::All;
    let telemetry = Setup::new(&options).environment(no_env).tracer_provider(&provider).start().expect("a free port");
    let pool = pool(&telemetry);
    let watched: Arc<dyn AnyPool> = Arc::new(pool.clone());
    telemetry.hub().watch_pool(&watched);
    load(&pool).await;

    let counters = pool.snapshot().counters();
    assert_eq!((counters.acquired, counters.released), (400, 400));
    assert!(counters.waited > 0, "eight callers on two connections wait");
    let series = parse(&get(telemetry.prometheus_address().expect("configured"), "/metrics", None).1);
    let of = |path: &str| series[&format!(r#"clearpool_acquires_total{{pool="orders",endpoint="a:1",path="{path}"}}"#)];
    assert_eq!((of("waited"), of("ready")), (counters.waited as f64, (400 - counters.waited) as f64));

    pool.drain(Duration::from_secs(30)).await;
    let closed = pool.snapshot().counters().closed;
    let spans = kept.get_finished_spans().expect("not shut down");
    assert_eq!(all(&spans, Span::Lease).len(), 400);
    assert_eq!(all(&spans, Span::Wait).len() as u64, counters.waited);
    assert_eq!(all(&spans, Span::Dial).len() as u64, counters.dials);
    assert_eq!(all(&spans, Span::Evict).len() as u64, closed);
    assert_eq!(all(&spans, Span::Close).len() as u64, closed);
    each_knows_its_kin(&spans);
}

pub(crate) fn pool(telemetry: &clearpool::telemetry::Guard) -> Pool<Idle> {
    let mut limits = Limits::default();
    limits.max_open = 2;
    let mut options = PoolOptions::default();
    options.limits = limits;
    Pool::builder(Idle)
        .name("orders")
        .endpoints(["a:1"])
        .options(options)
        .observer(telemetry.observer().expect("spans are wanted"))
        .build()
        .expect("well-formed")
}

/// Eight callers take fifty leases each, and hold them over one turn of the scheduler.
async fn load(pool: &Pool<Idle>) {
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    let lease = pool.acquire().await.expect("in time");
                    tokio::task::yield_now().await;
                    drop(lease);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
}

fn all(spans: &[SpanData], span: Span) -> Vec<&SpanData> {
    spans.iter().filter(|data| data.name == span.name()).collect()
}

/// Leases are linked to the dials of their connections, waits lie within their leases, closes under
/// their evictions.
fn each_knows_its_kin(spans: &[SpanData]) {
    let with = |span: Span, id: SpanId| all(spans, span).into_iter().find(|data| data.span_context.span_id() == id);
    let linked = |data: &SpanData, to: &SpanContext| data.links.iter().any(|link| link.span_context == *to);
    let connection = |data: &SpanData| {
        let pair = data.attributes.iter().find(|pair| pair.key.as_str() == Attribute::Connection.key());
        pair.expect("it names its connection").value.to_string()
    };
    for lease in all(spans, Span::Lease) {
        let dial = all(spans, Span::Dial).into_iter().find(|dial| connection(dial) == connection(lease));
        assert!(linked(lease, &dial.expect("it was dialed").span_context));
        assert!(lease.start_time <= lease.end_time);
    }
    for wait in all(spans, Span::Wait) {
        let lease = with(Span::Lease, wait.parent_span_id).expect("it was granted");
        assert!(wait.start_time == lease.start_time && wait.end_time <= lease.end_time);
    }
    for close in all(spans, Span::Close) {
        let evict = with(Span::Evict, close.parent_span_id).expect("it was taken out first");
        assert_eq!(connection(close), connection(evict));
    }
}
