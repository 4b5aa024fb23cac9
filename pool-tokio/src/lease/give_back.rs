//! How a lease ends.

use std::sync::Arc;
use std::{mem, thread};

use pool_core::{
    Connector, Endpoint, Entry, EntryId, Grant, LeaseFacts, LeaseReport, Outcome, Settled, SharedLease, Time,
    TraceContext,
};
use tokio::sync::oneshot;

use super::{Lease, said};
use crate::calm::calm;
use crate::payload::Pooled;

/// How it went: as the holder said, unless its thread panics.
#[inline(always)]
pub(super) fn final_outcome<C: Connector>(grant: &mut Grant<Pooled<C>>) -> Outcome {
    let outcome = mem::take(said(grant));
    if outcome.reusable() && thread::panicking() { Outcome::Panicked } else { outcome }
}

impl<C: Connector> Lease<C> {
    #[inline(never)]
    pub(super) fn give_back(&self, grant: Grant<Pooled<C>>, outcome: Outcome) -> Settled {
        match grant {
            Grant::Entry(mut entry) => {
                let (outcome, needs_reset) = self.needs_reset(&mut entry, outcome);
                self.settle_own(entry, outcome, needs_reset)
            }
            Grant::Share(lease) => self.give_back_share(lease, outcome),
        }
    }

    /// As `give_back` for one who does not want to know what became of it: the shortest way.
    #[inline(always)]
    pub(super) fn give_back_unheard(&self, grant: Grant<Pooled<C>>, outcome: Outcome) {
        match grant {
            Grant::Entry(mut entry) if !self.shared.tells_leases => {
                let (outcome, needs_reset) = self.needs_reset(&mut entry, outcome);
                let now = self.shared.clock.now();
                self.shared.visit(|machine| {
                    machine.release(entry, outcome, needs_reset, now);
                });
            }
            grant => {
                self.give_back(grant, outcome);
            }
        }
    }

    /// As `give_back`, with word of the end of the reset or close if there is one for certain.
    pub(super) fn release_own(
        &self,
        mut entry: Box<Entry<Pooled<C>>>,
        outcome: Outcome,
    ) -> (Settled, Option<oneshot::Receiver<()>>) {
        let (outcome, needs_reset) = self.needs_reset(&mut entry, outcome);
        let done = (needs_reset || !outcome.reusable()).then(|| {
            let (sender, receiver) = oneshot::channel();
            entry.payload.farewell = Some(sender);
            receiver
        });
        (self.settle_own(entry, outcome, needs_reset), done)
    }

    // Taken as it is, in its box: the way of an exclusive connection stays short.
    #[expect(clippy::boxed_local, reason = "it comes in a box")]
    #[inline(never)]
    fn give_back_share(&self, lease: Box<SharedLease<Pooled<C>>>, outcome: Outcome) -> Settled {
        let SharedLease { payload, share, endpoint, facts } = *lease;
        let dial = payload.dial.as_deref().copied();
        // Before the share: at none, the machine takes the connection for unused.
        calm(|| drop(payload));
        let (entry, now) = (share.id(), self.shared.clock.now());
        let settled = self.shared.visit(|machine| machine.release_share(share, outcome, now));
        self.report(Ended { entry, endpoint, facts, dial }, outcome, settled, now);
        settled
    }

    /// The connector's word. One that panics leaves a connection that nobody can trust.
    #[inline]
    fn needs_reset(&self, entry: &mut Entry<Pooled<C>>, outcome: Outcome) -> (Outcome, bool) {
        if !outcome.reusable() {
            return (outcome, false);
        }
        let Some(connection) = entry.payload.alone() else { return (Outcome::Broken, false) };
        match calm(|| self.shared.connector.needs_reset(connection)) {
            Some(needs_reset) => (outcome, needs_reset),
            None => (Outcome::Broken, false),
        }
    }

    #[inline]
    fn settle_own(&self, entry: Box<Entry<Pooled<C>>>, outcome: Outcome, needs_reset: bool) -> Settled {
        let now = self.shared.clock.now();
        if !self.shared.tells_leases {
            return self.shared.visit(|machine| machine.release(entry, outcome, needs_reset, now));
        }
        let ended = Ended {
            entry: entry.id(),
            endpoint: Arc::clone(entry.endpoint()),
            facts: *entry.facts(),
            dial: entry.payload.dial.as_deref().copied(),
        };
        let settled = self.shared.visit(|machine| machine.release(entry, outcome, needs_reset, now));
        self.report(ended, outcome, settled, now);
        settled
    }

    fn report(&self, lease: Ended, outcome: Outcome, settled: Settled, now: Time) {
        if !self.shared.tells_leases {
            return;
        }
        let Ended { entry, endpoint, facts, dial } = lease;
        self.shared.observe(|observer| {
            let report = LeaseReport {
                entry,
                endpoint: &endpoint,
                asked: facts.asked,
                granted: facts.granted,
                ended: now,
                outcome,
                uses: facts.uses,
                born: facts.born,
                waited: facts.waited,
                acquire_reason: facts.acquire_reason,
                balance_reason: facts.balance_reason,
                settle_reason: settled.reason,
                closed: settled.closed,
                site: facts.site,
                context: facts.context,
                dial,
            };
            observer.lease(&self.shared.name, &report, now);
        });
    }
}

/// What is told of a lease when its connection has gone back.
struct Ended {
    entry: EntryId,
    endpoint: Arc<Endpoint>,
    facts: LeaseFacts,
    dial: Option<TraceContext>,
}
