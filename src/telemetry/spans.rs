//! Spans of leases, waits, dials, evictions and closes: made when they are over, with their true
//! start and end, through the OpenTelemetry API.

mod configured;
mod draft;
mod gate;
mod last;
mod later;
mod lease;
mod name;
mod spoken;
mod stand_in;
mod upkeep;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use pool_core::catalog::{Attribute, Metric, SCOPE};
use pool_core::{DialReport, Endpoint, Event, LeaseEnd, LeaseReport, Observer, Protocol, Time, TraceContext, What};

use self::configured::Configured;
use self::draft::{Told, of_otel};
use self::gate::Gate;
use self::last::LastLeases;
pub(crate) use self::later::Later;
use self::name::name;
use self::spoken::Spoken;
pub(crate) use self::stand_in::stand_in;
use self::upkeep::Farewells;
use super::clock::Wall;
use super::exemplars::{Exemplar, Exemplars};
use super::health::Health;
use super::options::{SpanMode, TelemetryOptions};

/// An observer that tells of pools as spans of this provider; `None` if the options want no spans.
///
/// Of the options, it heeds `spans`, `span_ratio`, `slow_wait` and `slow_lease`.
pub fn spans<P>(provider: &P, options: &TelemetryOptions) -> Option<Arc<dyn Observer>>
where
    P: TracerProvider,
    P::Tracer: Send + Sync + 'static,
{
    with_exemplars(provider, options, None)
}

/// The same; the spans that are sent become exemplars, too.
pub(crate) fn with_exemplars<P>(
    provider: &P,
    options: &TelemetryOptions,
    exemplars: Option<Arc<Exemplars>>,
) -> Option<Arc<dyn Observer>>
where
    P: TracerProvider,
    P::Tracer: Send + Sync + 'static,
{
    (options.spans != SpanMode::Off).then(|| Arc::new(PoolSpans::new(provider, options, exemplars)) as _)
}

/// The same with a provider of our own; the spans are made later, on another thread.
pub(crate) fn later(
    provider: &SdkTracerProvider,
    options: &TelemetryOptions,
    exemplars: Option<Arc<Exemplars>>,
    health: Arc<Health>,
) -> Arc<Later> {
    Arc::new(Later::new(PoolSpans::new(provider, options, exemplars), health))
}

/// Tells of pools as spans.
struct PoolSpans<T> {
    tracer: T,
    gate: Gate,
    last: LastLeases,
    farewells: Farewells,
    spoken: Spoken,
    configured: Configured,
    exemplars: Option<Arc<Exemplars>>,
}

/// A pool as it is told of: what it is called, and which generation of its configuration it is in.
struct Pool<'a> {
    name: &'a str,
    generation: i64,
}

impl Pool<'_> {
    /// What every span tells of its pool.
    fn describe(&self, span: &mut impl Told) {
        span.set(Attribute::Pool, name(self.name));
        span.set(Attribute::ConfigGeneration, self.generation);
    }
}

impl<T> PoolSpans<T> {
    /// The pool as it is now.
    fn now<'a>(&self, pool: &'a str) -> Pool<'a> {
        Pool { name: pool, generation: self.configured.of(pool) }
    }

    fn new<P>(provider: &P, options: &TelemetryOptions, exemplars: Option<Arc<Exemplars>>) -> PoolSpans<T>
    where
        P: TracerProvider<Tracer = T>,
    {
        let scope = InstrumentationScope::builder(SCOPE).with_version(env!("CARGO_PKG_VERSION")).build();
        PoolSpans {
            tracer: provider.tracer_with_scope(scope),
            gate: Gate::new(options),
            last: LastLeases::default(),
            farewells: Farewells::default(),
            spoken: Spoken::default(),
            configured: Configured::default(),
            exemplars,
        }
    }

    /// A span that is sent, as an exemplar of how long something took.
    fn exemplify(
        &self,
        metric: Metric,
        pool: &str,
        endpoint: &Endpoint,
        span: Option<TraceContext>,
        took: Duration,
        at: SystemTime,
    ) {
        if let (Some(exemplars), Some(span)) = (&self.exemplars, span.filter(|span| span.sampled)) {
            exemplars.offer(metric, pool, endpoint, Exemplar { took, span, at });
        }
    }
}

impl<T: Tracer + Send + Sync> PoolSpans<T> {
    fn event_at(&self, pool: &Pool<'_>, event: &Event, wall: Wall) {
        let at = wall.of(event.at);
        match &event.what {
            What::Refused { kind, waited, context, .. } => self.refused(pool, *kind, *waited, *context, at),
            What::Evicted { .. } => self.evicted(pool, &event.what, at),
            What::Closed { entry, endpoint, took } => self.closed(pool, *entry, endpoint, *took, at),
            _ => {}
        }
    }

    fn lease_at(&self, pool: &Pool<'_>, lease: &LeaseReport, wall: Wall) {
        if let Some(pass) = self.gate.lease(lease) {
            self.leased(pool, lease, &pass, wall);
        }
    }
}

impl<T: Tracer + Send + Sync> Observer for PoolSpans<T> {
    fn built(&self, pool: &str, protocol: Protocol) {
        self.spoken.learn(pool, protocol);
        self.configured.begin(pool);
    }

    fn event(&self, pool: &str, event: &Event, now: Time) {
        self.configured.note(pool, event);
        self.event_at(&self.now(pool), event, Wall::at(now));
    }

    fn context(&self) -> Option<TraceContext> {
        Context::map_current(|current| current.has_active_span().then(|| of_otel(current.span().span_context())))
    }

    fn dial(&self, pool: &str, dial: &DialReport<'_>, now: Time) -> Option<TraceContext> {
        self.dialed(&self.now(pool), dial, Wall::at(now))
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        self.gate.heeds(end)
    }

    fn lease(&self, pool: &str, lease: &LeaseReport, now: Time) {
        self.lease_at(&self.now(pool), lease, Wall::at(now));
    }
}
