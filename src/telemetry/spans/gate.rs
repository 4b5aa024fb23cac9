//! Which leases are told of, and as whose.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use pool_core::{LeaseEnd, LeaseReport, Outcome, Time, TraceContext};

use super::draft::to_otel;
use crate::telemetry::options::{SpanMode, TelemetryOptions};

/// The leave to be told of.
pub(super) struct Pass {
    /// Which condition held: one of the catalog's words.
    pub(super) because: &'static str,
    /// What it is a child of.
    pub(super) parent: Context,
    /// Whose it is where that is not the parent.
    pub(super) link: Option<SpanContext>,
}

impl Pass {
    /// Whether it will be recorded, as far as one can know before the sampler has spoken.
    pub(super) fn is_certain(&self) -> bool {
        self.because == "parent-sampled" || self.because == "all"
    }
}

/// The gate's conditions, in order.
#[derive(Debug)]
pub(super) struct Gate {
    all: bool,
    /// The ratio as a share of 2⁶³, to compare trace ids with.
    ratio: u64,
    /// In nanoseconds, as are all moments of a pool.
    slow_wait: u64,
    slow_lease: u64,
}

impl Gate {
    pub(super) fn new(options: &TelemetryOptions) -> Gate {
        Gate {
            all: options.spans == SpanMode::All,
            ratio: (options.span_ratio.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64,
            slow_wait: nanos(options.slow_wait.get()),
            slow_lease: nanos(options.slow_lease.get()),
        }
    }

    pub(super) fn lease(&self, lease: &LeaseReport) -> Option<Pass> {
        let asked = lease.waited.then_some(lease.asked);
        let evicted = || lease.closed.map(|_| "evicted");
        self.pass(lease.context, || self.exception(asked, lease.granted, lease.ended, lease.outcome).or_else(evicted))
    }

    /// Whether a lease that ends like this gets a pass if its connection is kept.
    #[inline]
    pub(super) fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        let facts = end.facts;
        let Some(caller) = &facts.context else { return true };
        let asked = facts.waited.then_some(facts.asked);
        self.all
            || caller.sampled
            || self.drawn(caller)
            || self.exception(asked, facts.granted, end.ended, end.outcome).is_some()
    }

    /// Of an acquire that was refused: an exception always.
    pub(super) fn refusal(&self, context: Option<TraceContext>) -> Option<Pass> {
        self.pass(context, || Some("failed"))
    }

    /// A sampled parent gets a child. Where there is no trace, the application's sampler decides
    /// over a new one. A parent that is not sampled would take its children with it, so what is
    /// told all the same becomes a new trace, linked to it.
    fn pass(&self, context: Option<TraceContext>, exception: impl FnOnce() -> Option<&'static str>) -> Option<Pass> {
        let Some(caller) = context else {
            let because = if self.all { "all" } else { "no-parent" };
            return Some(Pass { because, parent: Context::new(), link: None });
        };
        if caller.sampled {
            let parent = Context::new().with_remote_span_context(to_otel(caller));
            return Some(Pass { because: "parent-sampled", parent, link: None });
        }
        let because = if self.all {
            "all"
        } else if self.drawn(&caller) {
            "ratio"
        } else {
            exception()?
        };
        Some(Pass { because, parent: Context::new(), link: Some(to_otel(caller)) })
    }

    /// The draw is the trace's own id, as OpenTelemetry's ratio sampler has it: all leases of a
    /// trace are drawn together, and in every service alike.
    fn drawn(&self, caller: &TraceContext) -> bool {
        let [.., a, b, c, d, e, f, g, h] = caller.trace_id;
        self.ratio > 0 && u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1 < self.ratio
    }

    /// In nanoseconds: a `Duration` costs a division.
    #[inline]
    fn exception(&self, asked: Option<Time>, granted: Time, ended: Time, outcome: Outcome) -> Option<&'static str> {
        let between = |earlier: Time, later: Time| later.as_nanos().saturating_sub(earlier.as_nanos());
        if asked.is_some_and(|asked| between(asked, granted) > self.slow_wait) {
            Some("slow-wait")
        } else if failed(outcome) {
            Some("failed")
        } else if between(granted, ended) > self.slow_lease {
            Some("overstayed")
        } else {
            None
        }
    }
}

/// Whether an outcome is a failure, and not a wish of the holder's.
pub(super) fn failed(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Broken | Outcome::Panicked | Outcome::Dead)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
