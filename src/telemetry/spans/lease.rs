//! The span of a lease, and of the wait for it.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Tracer;
use pool_core::catalog::{Attribute, Metric, Span, SpanEvent};
use pool_core::{LeaseReport, RefusalKind, TraceContext};

use super::draft::{Draft, Sketch, Told, to_otel};
use super::gate::{Pass, failed};
use super::name::{id, name};
use super::{Pool, PoolSpans};
use crate::telemetry::clock::Wall;

impl<T: Tracer + Send + Sync> PoolSpans<T> {
    pub(super) fn leased(&self, pool: &Pool<'_>, lease: &LeaseReport, pass: &Pass, wall: Wall) {
        let asked = wall.of(lease.asked);
        let links = lease.dial.map(to_otel).into_iter().chain(pass.link.clone());
        let span = if pass.is_certain() {
            let mut sketch = Sketch::new(Span::Lease);
            describe(&mut sketch, pool, lease, pass, wall);
            self.spoken.describe(&mut sketch, pool.name, &lease.endpoint);
            sketch.begin(&self.tracer, asked, &pass.parent, links)
        } else {
            let mut span = Draft::begin(&self.tracer, Span::Lease, asked, &pass.parent, links);
            if span.is_recording() {
                describe(&mut span, pool, lease, pass, wall);
                self.spoken.describe(&mut span, pool.name, &lease.endpoint);
            }
            span
        };
        if span.is_recording() {
            self.waited(pool, lease, &span, pass, wall);
        }
        let (ended, held) = (wall.of(lease.ended), lease.ended.since(lease.granted));
        let identity = span.end(ended);
        if let Some(span) = identity {
            self.last.keep(pool.name, lease.entry, span);
        }
        self.exemplify(Metric::UseTime, pool.name, &lease.endpoint, identity, held, ended);
    }

    fn waited(&self, pool: &Pool<'_>, lease: &LeaseReport, parent: &Draft<T::Span>, pass: &Pass, wall: Wall) {
        if !lease.waited {
            return;
        }
        let mut span = Draft::begin(&self.tracer, Span::Wait, wall.of(lease.asked), &parent.as_parent(), None);
        pool.describe(&mut span);
        span.set(Attribute::Endpoint, name(lease.endpoint.name()));
        span.set(Attribute::SentBecause, pass.because);
        let granted = wall.of(lease.granted);
        let identity = span.end(granted);
        self.exemplify(Metric::WaitTime, pool.name, &lease.endpoint, identity, waited_for(lease), granted);
    }

    /// An acquire that was refused is told of as its wait.
    pub(super) fn refused(
        &self,
        pool: &Pool<'_>,
        kind: RefusalKind,
        waited: Duration,
        context: Option<TraceContext>,
        at: SystemTime,
    ) {
        let Some(pass) = self.gate.refusal(context) else { return };
        let start = at.checked_sub(waited).unwrap_or(at);
        let mut span = Draft::begin(&self.tracer, Span::Wait, start, &pass.parent, pass.link);
        if span.is_recording() {
            pool.describe(&mut span);
            span.set(Attribute::Refusal, kind.as_str());
            span.set(Attribute::SentBecause, pass.because);
            span.fail(format!("refused: {}", kind.as_str()));
        }
        span.end(at);
    }
}

#[inline(always)]
fn describe(span: &mut impl Told, pool: &Pool<'_>, lease: &LeaseReport, pass: &Pass, wall: Wall) {
    pool.describe(span);
    span.set(Attribute::Endpoint, name(lease.endpoint.name()));
    span.set(Attribute::Connection, id(lease.entry));
    span.set(Attribute::Outcome, lease.outcome.as_str());
    span.set(Attribute::Uses, i64::from(lease.uses));
    span.set(Attribute::Age, lease.ended.since(lease.born).as_secs_f64());
    span.set(Attribute::Waited, waited_for(lease).as_secs_f64());
    span.set(Attribute::HeldFor, lease.ended.since(lease.granted).as_secs_f64());
    span.set(Attribute::AcquireReason, lease.acquire_reason.as_str());
    span.set(Attribute::BalanceReason, lease.balance_reason.as_str());
    span.set(Attribute::SettleReason, lease.settle_reason.as_str());
    span.set(Attribute::SentBecause, pass.because);
    if let Some(why) = lease.closed {
        span.set(Attribute::Policy, why.policy);
        span.set(Attribute::Reason, why.reason.as_str());
    }
    if let Some(site) = lease.site {
        span.set(Attribute::CodeFile, site.file());
        span.set(Attribute::CodeLine, i64::from(site.line()));
    }
    if failed(lease.outcome) {
        span.fail(format!("the lease ended as {}", lease.outcome.as_str()));
    }
    if lease.waited {
        span.event(SpanEvent::WaitStarted, wall.of(lease.asked));
    }
    span.event(SpanEvent::Acquired, wall.of(lease.granted));
    span.event(SpanEvent::Released, wall.of(lease.ended));
}

pub(super) fn waited_for(lease: &LeaseReport) -> Duration {
    if lease.waited { lease.granted.since(lease.asked) } else { Duration::ZERO }
}
