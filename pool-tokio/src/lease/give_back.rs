//! How a lease ends.

use std::sync::Arc;
use std::thread;

use pool_core::{Connector, Endpoint, Entry, EntryId, LeaseReport, Outcome, Settled, Share, Time, TraceContext};
use tokio::sync::oneshot;

use super::{Body, Lease, Part};
use crate::calm::calm;
use crate::payload::Pooled;

/// A shared lease without its handle.
pub(super) struct Rest {
    endpoint: Arc<Endpoint>,
    dial: Option<Arc<TraceContext>>,
    share: Share,
}

impl<C: Connector> Part<C> {
    pub(super) fn split(self) -> (C::Connection, Rest) {
        let Part { connection, endpoint, dial, share } = self;
        (connection, Rest { endpoint, dial, share })
    }
}

impl<C: Connector> Lease<C> {
    /// How it went: as the holder said, unless its thread panics.
    #[inline]
    pub(super) fn final_outcome(&self) -> Outcome {
        if self.outcome.reusable() && thread::panicking() { Outcome::Panicked } else { self.outcome }
    }

    #[inline]
    pub(super) fn give_back(&self, body: Body<C>, outcome: Outcome) -> Settled {
        match body {
            Body::Own(mut entry) => {
                let (outcome, needs_reset) = self.needs_reset(&mut entry, outcome);
                self.settle_own(entry, outcome, needs_reset)
            }
            Body::Part(part) => {
                let (connection, rest) = (*part).split();
                // Before the share: at none, the machine takes the connection for unused.
                calm(|| drop(connection));
                self.give_back_part(rest, outcome)
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

    pub(super) fn give_back_part(&self, rest: Rest, outcome: Outcome) -> Settled {
        let Rest { endpoint, dial, share } = rest;
        let (id, now) = (share.id(), self.shared.clock.now());
        let settled = self.shared.visit(|machine| machine.release_share(share, outcome, now));
        self.report(id, &endpoint, dial.as_deref().copied(), outcome, settled, now);
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
        if self.shared.observer.is_none() {
            return self.shared.visit(|machine| machine.release(entry, outcome, needs_reset, now));
        }
        let (id, endpoint) = (entry.id(), Arc::clone(entry.endpoint()));
        let dial = entry.payload.dial.as_deref().copied();
        let settled = self.shared.visit(|machine| machine.release(entry, outcome, needs_reset, now));
        self.report(id, &endpoint, dial, outcome, settled, now);
        settled
    }

    fn report(
        &self,
        entry: EntryId,
        endpoint: &Arc<Endpoint>,
        dial: Option<TraceContext>,
        outcome: Outcome,
        settled: Settled,
        now: Time,
    ) {
        let facts = &self.facts;
        self.shared.observe(|observer| {
            let report = LeaseReport {
                entry,
                endpoint,
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
                site: Some(self.site),
                context: self.context,
                dial,
            };
            observer.lease(&self.shared.name, &report, now);
        });
    }
}
