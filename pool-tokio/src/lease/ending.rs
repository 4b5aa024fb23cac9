//! The end of a lease, kept by its thread for as long as the connection goes back.
//!
//! Whether a lease is told of can hang on whether its connection was closed with it, and that is
//! known only when the connection is the machine's again. So what is to be told is put aside before,
//! where it costs no reference and no lock; and the lease is told before its eviction is, which is
//! linked to it.

use std::cell::Cell;
use std::panic::Location;
use std::sync::Arc;

use pool_core::{
    Connector, Endpoint, EntryId, LeaseEnd, LeaseFacts, LeaseReport, Outcome, Reason, Settled, Time, TraceContext, What,
};

use crate::shared::Shared;

thread_local! {
    static ENDING: Cell<Option<Ending>> = const { Cell::new(None) };
}

/// A lease that is ending: what its eviction does not tell. Small, for it is copied at every release.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    /// Where its pool lies; others may be told of while it ends.
    pool: usize,
    entry: EntryId,
    asked: Time,
    granted: Time,
    ended: Time,
    acquire_reason: Reason,
    balance_reason: Reason,
    site: Option<&'static Location<'static>>,
    dial: Option<TraceContext>,
    outcome: Outcome,
    waited: bool,
}

/// What else is told of it.
pub(super) struct Rest<'a> {
    pub(super) endpoint: &'a Arc<Endpoint>,
    pub(super) uses: u32,
    pub(super) born: Time,
    pub(super) context: Option<TraceContext>,
    pub(super) settled: Settled,
}

impl Ending {
    #[inline(always)]
    pub(super) fn new<C: Connector>(
        pool: &Shared<C>,
        entry: EntryId,
        facts: &LeaseFacts,
        dial: Option<&TraceContext>,
        outcome: Outcome,
        ended: Time,
    ) -> Ending {
        let LeaseFacts { asked, granted, waited, acquire_reason, balance_reason, site, .. } = *facts;
        let (pool, dial) = (std::ptr::from_ref(pool).addr(), dial.copied());
        Ending { pool, entry, asked, granted, ended, acquire_reason, balance_reason, site, dial, outcome, waited }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(super) fn ended(&self) -> Time {
        self.ended
    }

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

    pub(super) fn tell<C: Connector>(&self, pool: &Shared<C>, rest: &Rest<'_>) {
        let report = LeaseReport {
            entry: self.entry,
            endpoint: Arc::clone(rest.endpoint),
            asked: self.asked,
            granted: self.granted,
            ended: self.ended,
            outcome: self.outcome,
            uses: rest.uses,
            born: rest.born,
            waited: self.waited,
            acquire_reason: self.acquire_reason,
            balance_reason: self.balance_reason,
            settle_reason: rest.settled.reason,
            closed: rest.settled.closed,
            site: self.site,
            context: rest.context,
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
pub(crate) fn tell_first<C: Connector>(pool: &Shared<C>, evicted: &What, at: Time) {
    let What::Evicted { entry, endpoint, why, age, uses, last_lease, .. } = evicted else { return };
    match ENDING.take() {
        Some(ending) if ending.pool == std::ptr::from_ref(pool).addr() && ending.entry == *entry => {
            let settled = Settled { reason: why.reason, closed: Some(*why) };
            let born =
                Time::from_nanos(at.as_nanos().saturating_sub(u64::try_from(age.as_nanos()).unwrap_or(u64::MAX)));
            ending.tell(pool, &Rest { endpoint, uses: *uses, born, context: *last_lease, settled });
        }
        other => ENDING.set(other),
    }
}
