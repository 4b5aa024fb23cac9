//! Who is told what happens.

use crate::{DialReport, Event, LeaseEnd, LeaseReport, Protocol, Time, TraceContext};

/// Someone who is told what happens in a pool: the telemetry, a test, an application's own.
///
/// Called outside the pool's lock, so it may call back into the pool. It should not block: it runs
/// on the thread that acquires or releases.
pub trait Observer: Send + Sync {
    /// A pool of this name was built, over whose connections that is spoken. Told before anything else of it.
    fn built(&self, pool: &str, protocol: Protocol) {
        let _ = (pool, protocol);
    }

    /// Something notable happened: a dial, an eviction, a time-out, a breaker.
    fn event(&self, pool: &str, event: &Event, now: Time) {
        let _ = (pool, event, now);
    }

    /// Whether `context` and `lease` are to be called for each lease. Asked once, when a pool is
    /// built; where nobody wants to know, a lease costs nothing more. Default: yes.
    fn wants_leases(&self) -> bool {
        true
    }

    /// Whose trace the running code belongs to; kept with the lease that is being acquired.
    fn context(&self) -> Option<TraceContext> {
        None
    }

    /// A dial ended. The answer, the identity of its span, is kept with the connection, so that its
    /// leases can be linked to it.
    fn dial(&self, pool: &str, dial: &DialReport<'_>, now: Time) -> Option<TraceContext> {
        let _ = (pool, dial, now);
        None
    }

    /// Whether `lease` is to be called for one that ends like this, if its connection is not closed
    /// with it; if it is, `lease` is called in any case. Asked before the connection goes back, so
    /// that a lease that nobody wants to hear of goes the shortest way. Default: yes.
    fn heeds(&self, end: &LeaseEnd<'_>) -> bool {
        let _ = end;
        true
    }

    /// An acquire with this context ended without a lease, and without a refusal that was told: its
    /// caller went away, or every connection that it was given was dead.
    fn abandoned(&self, pool: &str, context: TraceContext, now: Time) {
        let _ = (pool, context, now);
    }

    /// A lease ended. Told before the eviction of its connection, if that ends with it.
    fn lease(&self, pool: &str, lease: &LeaseReport, now: Time) {
        let _ = (pool, lease, now);
    }
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
