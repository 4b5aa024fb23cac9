//! Leases as `tracing` spans, where there is no provider of OpenTelemetry's to send spans to.
//!
//! A live span stands in for each lease: never entered, begun under the caller's span when it
//! acquires, given its fields and closed when the lease ends. Its level is `debug`, so that an
//! application pays for it only if it asks: `RUST_LOG=info,clearpool=debug`.
//!
//! An application that has a provider and gave it to the layer of tracing-opentelemetry alone is
//! recognised by the trace that its callers run in. There the spans have the level `info`, come out
//! of the layer as children of the caller's, and only where that is sampled. If its filter lets none
//! through, or the trace is not the layer's, the log says so, once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, Value};
use parking_lot::Mutex;
use pool_core::catalog::{Attribute, SCOPE, Span as Name};
use pool_core::{Event, LeaseEnd, LeaseReport, Observer, Protocol, Time, TraceContext, What};
use tracing::field::Empty;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::configured::Configured;
use super::draft::of_otel;
use super::lease::waited_for;
use super::spoken::Spoken;
use crate::telemetry::label::shown;
use crate::telemetry::options::{SpanMode, TelemetryOptions};

/// As many leases have a span at a time; more have none.
const MOST: usize = 65_536;

/// The observer; `None` if the options want no spans.
pub(crate) fn stand_in(options: &TelemetryOptions) -> Option<Arc<dyn Observer>> {
    (options.spans != SpanMode::Off).then(|| Arc::new(StandIn::default()) as _)
}

#[derive(Default)]
struct StandIn {
    /// The spans of the leases that last, by what was answered for their context.
    live: Mutex<HashMap<TraceContext, Span>>,
    spoken: Spoken,
    configured: Configured,
    count: AtomicU64,
    complained: AtomicBool,
}

/// The macro wants level and fields as they are: all that a lease has in the catalog.
macro_rules! lease_span {
    ($level:ident) => {
        tracing::span!(
            target: SCOPE, Level::$level, Name::Lease.name(),
            pool.name = Empty, pool.endpoint = Empty, pool.connection = Empty, pool.outcome = Empty,
            pool.uses = Empty, pool.age = Empty, pool.waited = Empty, pool.held_for = Empty,
            pool.acquire.reason = Empty, pool.balance.reason = Empty, pool.settle.reason = Empty,
            pool.policy = Empty, pool.reason = Empty, pool.sent_because = Empty, pool.refusal = Empty,
            pool.config.generation = Empty,
            code.file.path = Empty, code.line.number = Empty, server.address = Empty, server.port = Empty,
            network.protocol.name = Empty, db.system.name = Empty, rpc.system.name = Empty
        )
    };
}

impl Observer for StandIn {
    fn built(&self, pool: &str, protocol: Protocol) {
        self.spoken.learn(pool, protocol);
        self.configured.begin(pool);
    }

    fn context(&self) -> Option<TraceContext> {
        let sampled = Context::map_current(|current| {
            current.has_active_span().then(|| current.span().span_context().is_sampled())
        });
        match sampled {
            None => self.begin(lease_span!(DEBUG)),
            Some(true) => self.begin_in_trace(lease_span!(INFO)),
            Some(false) => None,
        }
    }

    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        end.facts.context.is_some()
    }

    fn abandoned(&self, pool: &str, context: TraceContext, _: Time) {
        if let Some(span) = self.end(context) {
            span.record(Attribute::Pool.key(), &*shown(pool));
        }
    }

    fn event(&self, pool: &str, event: &Event, _: Time) {
        self.configured.note(pool, event);
        let What::Refused { kind, waited, context: Some(context), .. } = &event.what else { return };
        if let Some(span) = self.end(*context) {
            span.record(Attribute::Pool.key(), &*shown(pool));
            span.record(Attribute::ConfigGeneration.key(), self.configured.of(pool));
            span.record(Attribute::Refusal.key(), kind.as_str());
            span.record(Attribute::Waited.key(), waited.as_secs_f64());
        }
    }

    fn lease(&self, pool: &str, lease: &LeaseReport, _: Time) {
        if let Some(span) = lease.context.and_then(|context| self.end(context)) {
            describe(&span, pool, lease);
            span.record(Attribute::ConfigGeneration.key(), self.configured.of(pool));
            self.spoken.each(pool, &lease.endpoint, |attribute, value| match value {
                Value::I64(number) => drop(span.record(attribute.key(), number)),
                word => drop(span.record(attribute.key(), &*word.as_str())),
            });
        }
    }
}

impl StandIn {
    /// Keeps a span of an application that has only `tracing`. It is in no trace, so its identity
    /// is one that no trace has.
    fn begin(&self, span: Span) -> Option<TraceContext> {
        if span.is_disabled() {
            return None;
        }
        let number = self.count.fetch_add(1, Relaxed) + 1;
        self.keep(TraceContext { trace_id: [0; 16], span_id: number.to_be_bytes(), sampled: false }, span)
    }

    /// Keeps a span whose caller is in a trace that is sampled.
    fn begin_in_trace(&self, span: Span) -> Option<TraceContext> {
        if span.is_disabled() {
            self.complain("the spans of its subscriber leave out the target `clearpool` at the level `info`");
            return None;
        }
        let context = span.context();
        if !context.span().span_context().is_valid() {
            self.complain("its trace is not that of a layer of tracing-opentelemetry");
            return self.begin(span);
        }
        self.keep(of_otel(context.span().span_context()), span)
    }

    fn keep(&self, context: TraceContext, span: Span) -> Option<TraceContext> {
        let mut live = self.live.lock();
        if live.len() >= MOST {
            return None;
        }
        live.insert(context, span);
        Some(context)
    }

    fn end(&self, context: TraceContext) -> Option<Span> {
        self.live.lock().remove(&context)
    }

    fn complain(&self, why: &str) {
        if !self.complained.swap(true, Relaxed) {
            tracing::warn!(
                target: SCOPE,
                "leases are not told of in the application's traces: it uses OpenTelemetry and gave no provider to \
                 the telemetry, and {why}; give the provider to `Setup::tracer_provider`"
            );
        }
    }
}

fn describe(span: &Span, pool: &str, lease: &LeaseReport) {
    span.record(Attribute::Pool.key(), &*shown(pool));
    span.record(Attribute::Endpoint.key(), &*shown(lease.endpoint.name()));
    span.record(Attribute::Connection.key(), lease.entry.to_string());
    span.record(Attribute::Outcome.key(), lease.outcome.as_str());
    span.record(Attribute::Uses.key(), lease.uses);
    span.record(Attribute::Age.key(), lease.ended.since(lease.born).as_secs_f64());
    span.record(Attribute::Waited.key(), waited_for(lease).as_secs_f64());
    span.record(Attribute::HeldFor.key(), lease.ended.since(lease.granted).as_secs_f64());
    span.record(Attribute::AcquireReason.key(), lease.acquire_reason.as_str());
    span.record(Attribute::BalanceReason.key(), lease.balance_reason.as_str());
    span.record(Attribute::SettleReason.key(), lease.settle_reason.as_str());
    let in_trace = lease.context.is_some_and(|context| context.sampled);
    span.record(Attribute::SentBecause.key(), if in_trace { "parent-sampled" } else { "no-parent" });
    if let Some(why) = lease.closed {
        span.record(Attribute::Policy.key(), why.policy);
        span.record(Attribute::Reason.key(), why.reason.as_str());
    }
    if let Some(site) = lease.site {
        span.record(Attribute::CodeFile.key(), site.file());
        span.record(Attribute::CodeLine.key(), site.line());
    }
}
