//! Spans in applications of all kinds: with `tracing` alone, with OpenTelemetry alone, and with a
//! provider that only the layer of tracing-opentelemetry knows. Each with a real pool.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearpool::telemetry::{Guard, Setup, SpanMode, TelemetryOptions};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use pool_core::catalog::{Attribute, SCOPE, Span};
use tracing::field::{Field, Visit};
use tracing::instrument::WithSubscriber;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Instrument};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::live::pool;
use crate::scrape::no_env;

/// What a plain subscriber sees of one span.
#[derive(Debug, Clone, Default)]
struct Seen {
    name: String,
    parent: Option<String>,
    fields: BTreeMap<String, String>,
    entered: bool,
    closed: bool,
}

/// A plain subscriber's memory: of spans, and of the messages of warnings.
#[derive(Clone, Default)]
pub(crate) struct Eye(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    open: BTreeMap<u64, Seen>,
    over: Vec<Seen>,
    messages: Vec<String>,
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Eye {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: LayerContext<'_, S>) {
        let parent = cx.span(id).and_then(|span| span.parent().map(|parent| parent.name().to_owned()));
        let mut seen = Seen { name: attributes.metadata().name().to_owned(), parent, ..Seen::default() };
        attributes.record(&mut Fields(&mut seen.fields));
        self.0.lock().expect("no panic").open.insert(id.into_u64(), seen);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: LayerContext<'_, S>) {
        if let Some(seen) = self.0.lock().expect("no panic").open.get_mut(&id.into_u64()) {
            values.record(&mut Fields(&mut seen.fields));
        }
    }

    fn on_enter(&self, id: &Id, _: LayerContext<'_, S>) {
        if let Some(seen) = self.0.lock().expect("no panic").open.get_mut(&id.into_u64()) {
            seen.entered = true;
        }
    }

    fn on_close(&self, id: Id, _: LayerContext<'_, S>) {
        let Memory { open, over, .. } = &mut *self.0.lock().expect("no panic");
        over.extend(open.remove(&id.into_u64()).map(|seen| Seen { closed: true, ..seen }));
    }

    fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.0.lock().expect("no panic").messages.extend(fields.remove("message"));
    }
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl Eye {
    fn leases(&self) -> Vec<Seen> {
        let all = self.0.lock().expect("no panic");
        all.open.values().chain(&all.over).filter(|seen| seen.name == Span::Lease.name()).cloned().collect()
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.lock().expect("no panic").messages.clone()
    }
}

fn options() -> TelemetryOptions {
    let mut options = TelemetryOptions::default();
    options.log = "off".to_owned();
    options
}

fn start(options: &TelemetryOptions) -> Guard {
    Setup::new(options).environment(no_env).start().expect("nothing can go wrong")
}

/// Runs something in a runtime of one thread, under this subscriber.
fn under(dispatch: Dispatch, test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let run = || runtime.expect("a runtime").block_on(test.with_subscriber(dispatch.clone()));
    tracing::dispatcher::with_default(&dispatch, run);
}

#[test]
fn with_tracing_alone_a_plain_subscriber_sees_each_lease_with_its_fields() {
    let eye = Eye::default();
    let debug = Targets::new().with_default(LevelFilter::INFO).with_target(SCOPE, LevelFilter::DEBUG);
    under(Dispatch::new(tracing_subscriber::registry().with(debug).with(eye.clone())), async {
        let telemetry = start(&options());
        let pool = pool(&telemetry);
        let lease = pool.acquire().instrument(tracing::info_span!("request")).await.expect("dialed");
        let lives = eye.leases();
        assert!(lives.len() == 1 && !lives[0].closed && !lives[0].entered, "{lives:#?}");
        assert_eq!(lives[0].parent.as_deref(), Some("request"));
        tokio::time::sleep(Duration::from_millis(30)).await;
        drop(lease);
        let over = eye.leases();
        assert!(over.len() == 1 && over[0].closed && !over[0].entered, "{over:#?}");
        let fields = &over[0].fields;
        for (of, expected) in [
            (Attribute::Pool, "orders"),
            (Attribute::Endpoint, "a:1"),
            (Attribute::Outcome, "ok"),
            (Attribute::Uses, "1"),
            (Attribute::SettleReason, "keep"),
            (Attribute::SentBecause, "no-parent"),
        ] {
            assert_eq!(fields[of.key()], expected);
        }
        let held: f64 = fields[Attribute::HeldFor.key()].parse().expect("seconds");
        assert!((0.030..30.0).contains(&held), "{held}");
        assert!(fields[Attribute::CodeFile.key()].ends_with("applications.rs"));
        let known: Vec<_> = Span::Lease.attributes().iter().map(|attribute| attribute.key()).collect();
        assert!(fields.keys().all(|field| known.contains(&field.as_str())), "{fields:#?}");
    });
}

#[test]
fn with_tracing_alone_nothing_is_kept_of_an_acquire_that_came_to_nothing() {
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(eye.clone())), async {
        let telemetry = start(&options());
        let pool = pool(&telemetry);
        let held = [pool.acquire().await.expect("dialed"), pool.acquire().await.expect("dialed")];
        tokio::time::timeout(Duration::from_millis(5), pool.acquire()).await.expect_err("none is free");
        let options = pool_tokio::AcquireOptions::new().timeout(Duration::from_millis(7));
        pool.acquire_with(options).await.expect_err("none is free");
        let leases = eye.leases();
        assert_eq!(leases.iter().filter(|lease| lease.closed).count(), 2, "{leases:#?}");
        let refused = leases.iter().find(|lease| lease.fields.contains_key(Attribute::Refusal.key()));
        assert_eq!(refused.expect("one was refused").fields[Attribute::Refusal.key()], "timeout");
        drop(held);
        assert!(eye.leases().iter().all(|lease| lease.closed));
        assert_eq!(eye.leases().len(), 4);
    });
}

#[test]
fn with_tracing_alone_and_the_target_not_enabled_there_are_no_spans() {
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(LevelFilter::INFO).with(eye.clone())), async {
        let telemetry = start(&options());
        drop(pool(&telemetry).acquire().await.expect("dialed"));
        assert!(eye.leases().is_empty());
    });
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(eye.clone())), async {
        let mut options = options();
        options.spans = SpanMode::Off;
        drop(pool(&start(&options)).acquire().await.expect("dialed"));
        assert!(eye.leases().is_empty());
    });
}

struct Provider {
    provider: SdkTracerProvider,
    kept: InMemorySpanExporter,
}

impl Provider {
    fn new(sampler: Sampler) -> Provider {
        let kept = InMemorySpanExporter::default();
        let sampler = Sampler::ParentBased(Box::new(sampler));
        let provider = SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(kept.clone()).build();
        Provider { provider, kept }
    }

    fn spans(&self) -> Vec<SpanData> {
        self.kept.get_finished_spans().expect("not shut down")
    }

    fn named(&self, name: &str) -> SpanData {
        let mut spans = self.spans().into_iter().filter(|span| span.name == name);
        let found = spans.next().unwrap_or_else(|| panic!("no {name} among {:#?}", self.spans()));
        assert!(spans.next().is_none(), "one {name}");
        found
    }
}

#[test]
fn with_opentelemetry_alone_the_parent_is_the_current_context() {
    let of_application = Provider::new(Sampler::AlwaysOn);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let options = options();
        let setup = Setup::new(&options).environment(no_env).tracer_provider(&of_application.provider);
        let telemetry = setup.start().expect("nothing can go wrong");
        let pool = pool(&telemetry);
        let request = of_application.provider.tracer("application").start("request");
        let context = Context::current_with_span(request);
        let caller = context.span().span_context().clone();
        let lease = pool.acquire().with_context(context.clone()).await.expect("dialed");
        tokio::time::sleep(Duration::from_millis(30)).await;
        // Out of the context: what counts is who acquired.
        drop(lease);
        context.span().end();
        let lease = of_application.named(Span::Lease.name());
        assert_eq!(lease.parent_span_id, caller.span_id());
        assert_eq!(lease.span_context.trace_id(), caller.trace_id());
        let dial = of_application.named(Span::Dial.name());
        assert!(dial.links.iter().any(|link| link.span_context.span_id() == caller.span_id()));
        assert!(lease.links.iter().any(|link| link.span_context == dial.span_context));

        // Taken out of service later, it is linked to that lease itself.
        pool.drain(Duration::from_secs(30)).await;
        for name in [Span::Evict, Span::Close].map(Span::name) {
            let links = of_application.named(name).links;
            let link = links.iter().next().expect("a link");
            assert_eq!(link.span_context.span_id(), lease.span_context.span_id(), "{name}");
            assert_eq!(link.span_context.trace_id(), lease.span_context.trace_id(), "{name}");
        }
    });
}

#[test]
fn a_connection_that_is_evicted_as_its_lease_ends_is_linked_to_that_lease() {
    let of_application = Provider::new(Sampler::AlwaysOn);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let options = options();
        let setup = Setup::new(&options).environment(no_env).tracer_provider(&of_application.provider);
        let pool = pool(&setup.start().expect("nothing can go wrong"));
        pool.acquire().await.expect("dialed").discard();
        pool.drain(Duration::from_secs(30)).await;
        let (lease, evict) = (of_application.named(Span::Lease.name()), of_application.named(Span::Evict.name()));
        assert_eq!(evict.links.iter().next().expect("a link").span_context.span_id(), lease.span_context.span_id());
    });
}

#[test]
fn with_a_provider_that_only_the_layer_has_leases_come_out_there_under_their_callers() {
    let of_application = Provider::new(Sampler::AlwaysOn);
    let layer = tracing_opentelemetry::layer().with_tracer(of_application.provider.tracer("application"));
    let info = Targets::new().with_default(LevelFilter::INFO);
    under(Dispatch::new(tracing_subscriber::registry().with(layer.with_filter(info))), async {
        let pool = pool(&start(&options()));
        let request = async {
            let lease = pool.acquire().await.expect("dialed");
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(lease);
        };
        request.instrument(tracing::info_span!("request")).await;
        let (request, lease) = (of_application.named("request"), of_application.named(Span::Lease.name()));
        assert_eq!(lease.parent_span_id, request.span_context.span_id());
        assert_eq!(lease.span_context.trace_id(), request.span_context.trace_id());
        let of = |wanted: Attribute| {
            let pair = lease.attributes.iter().find(|pair| pair.key.as_str() == wanted.key());
            pair.map(|pair| pair.value.to_string()).unwrap_or_default()
        };
        assert_eq!((of(Attribute::Pool), of(Attribute::Endpoint)), ("orders".to_owned(), "a:1".to_owned()));
        assert_eq!(of(Attribute::SentBecause), "parent-sampled");
    });
}

#[test]
fn under_a_layer_a_caller_that_is_not_sampled_has_no_span_of_its_lease() {
    let of_application = Provider::new(Sampler::AlwaysOff);
    let layer = tracing_opentelemetry::layer().with_tracer(of_application.provider.tracer("application"));
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(layer).with(eye.clone())), async {
        let pool = pool(&start(&options()));
        drop(pool.acquire().instrument(tracing::info_span!("request")).await.expect("dialed"));
        assert!(of_application.spans().is_empty() && eye.leases().is_empty());
        assert!(!eye.messages().iter().any(|message| message.contains("provider")), "nothing is wrong");
    });
}

/// No silent no-op: where no span can come out, the log says what to do, once.
#[test]
fn where_opentelemetry_is_used_and_our_spans_cannot_come_out_the_log_says_why() {
    let of_application = Provider::new(Sampler::AlwaysOn);
    let layer = tracing_opentelemetry::layer().with_tracer(of_application.provider.tracer("application"));
    let none_of_ours = Targets::new().with_default(LevelFilter::INFO).with_target(SCOPE, LevelFilter::WARN);
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(none_of_ours).with(layer).with(eye.clone())), async {
        let pool = pool(&start(&options()));
        for _ in 0..3 {
            drop(pool.acquire().instrument(tracing::info_span!("request")).await.expect("dialed"));
        }
    });
    let told: Vec<_> = eye.messages().into_iter().filter(|message| message.contains("tracer_provider")).collect();
    assert!(told.len() == 1 && told[0].contains("level `info`"), "{told:?}");
    assert!(of_application.spans().iter().all(|span| span.name == "request"));

    // Without the layer the trace is somewhere else.
    let eye = Eye::default();
    under(Dispatch::new(tracing_subscriber::registry().with(LevelFilter::INFO).with(eye.clone())), async {
        let pool = pool(&start(&options()));
        let request = of_application.provider.tracer("application").start("request");
        drop(pool.acquire().with_context(Context::current_with_span(request)).await.expect("dialed"));
    });
    let told: Vec<_> = eye.messages().into_iter().filter(|message| message.contains("tracer_provider")).collect();
    assert!(told.len() == 1 && told[0].contains("not that of a layer"), "{told:?}");
}
