//! The end of a lease, kept by its thread for as long as the connection goes back.
//!
//! Whether a lease is told of can hang on whether its connection was closed with it, and that is
//! known only when the connection is the machine's again. So what is to be told is put aside before,
//! where it costs no reference and no lock; and the lease is told before its eviction is, which is
//! linked to it.

use std::cell::Cell;
use std::sync::Arc;

use pool_core::{
    CloseReason, Connector, Endpoint, EntryId, LeaseEnd, LeaseFacts, LeaseReport, Outcome, Settled, Time, TraceContext,
};

use crate::shared::Shared;

thread_local! {
    static ENDING: Cell<Option<Ending>> = const { Cell::new(None) };
}

/// A lease that is ending.
#[derive(Clone, Copy)]
pub(crate) struct Ending {
    /// Where its pool lies; others may be told of while it ends.
    pub(super) pool: usize,
    pub(super) entry: EntryId,
    pub(super) facts: LeaseFacts,
    pub(super) dial: Option<TraceContext>,
    pub(super) outcome: Outcome,
    pub(super) ended: Time,
}

impl Ending {
    /// Puts it aside.
    #[inline(always)]
    pub(super) fn begin(self) {
        ENDING.set(Some(self));
    }

    /// It is over; what was not told yet.
    #[inline(always)]
    pub(super) fn over() -> Option<Ending> {
        ENDING.take()
    }

    /// It is over, and whether it was told does not matter.
    #[inline(always)]
    pub(super) fn forget() {
        ENDING.set(None);
    }

    pub(super) fn tell<C: Connector>(&self, pool: &Shared<C>, endpoint: &Arc<Endpoint>, settled: Settled) {
        let facts = &self.facts;
        let report = LeaseReport {
            entry: self.entry,
            endpoint,
            asked: facts.asked,
            granted: facts.granted,
            ended: self.ended,
            outcome: self.outcome,
            uses: facts.uses,
            born: facts.born,
            waited: facts.waited,
            acquire_reason: facts.acquire_reason,
            balance_reason: facts.balance_reason,
            settle_reason: settled.reason,
            closed: settled.closed,
            site: facts.site,
            context: facts.context,
            dial: self.dial,
        };
        pool.observe(|observer| observer.lease(&pool.name, &report, self.ended));
    }
}

/// Whether the observer wants to hear of a lease though its connection is kept.
#[inline(always)]
pub(super) fn is_heeded<C: Connector>(pool: &Shared<C>, facts: &LeaseFacts, outcome: Outcome, ended: Time) -> bool {
    let end = LeaseEnd { facts, ended, outcome };
    pool.observe(|observer| observer.heeds(&end)).unwrap_or(false)
}

/// A connection is evicted: the lease that ends with it is told first, if there is one.
pub(crate) fn tell_first<C: Connector>(pool: &Shared<C>, entry: EntryId, endpoint: &Arc<Endpoint>, why: CloseReason) {
    let ending = ENDING.take();
    match ending {
        Some(ending) if ending.pool == address(pool) && ending.entry == entry => {
            ending.tell(pool, endpoint, Settled { reason: why.reason, closed: Some(why) });
        }
        other => ENDING.set(other),
    }
}

pub(super) fn address<C: Connector>(pool: &Shared<C>) -> usize {
    std::ptr::from_ref(pool).addr()
}
