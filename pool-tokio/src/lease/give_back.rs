//! How a lease ends.

use std::sync::Arc;
use std::{mem, thread};

use pool_core::{Connector, Entry, Grant, LeaseFacts, Outcome, Settled, SharedLease, Time};
use tokio::sync::oneshot;

use super::ending::{Ending, Rest, is_heeded};
use super::said;
use crate::calm::calm;
use crate::payload::Pooled;

/// How it went: as the holder said, unless its thread panics.
#[inline(always)]
pub(super) fn final_outcome<C: Connector>(grant: &mut Grant<Pooled<C>>) -> Outcome {
    let outcome = mem::take(said(grant));
    if outcome.reusable() && thread::panicking() { Outcome::Panicked } else { outcome }
}

/// Gives a grant back; says what became of it.
#[inline(never)]
pub(super) fn give_back<C: Connector>(grant: Grant<Pooled<C>>, outcome: Outcome) -> Settled {
    match grant {
        Grant::Entry(mut entry) => {
            let (outcome, needs_reset) = needs_reset(&mut entry, outcome);
            settle(entry, outcome, needs_reset)
        }
        Grant::Share(lease) => give_back_share(lease, outcome),
    }
}

/// As `give_back` for one who does not want to know what became of it: the shortest way.
#[inline(always)]
pub(super) fn give_back_unheard<C: Connector>(grant: Grant<Pooled<C>>, outcome: Outcome) {
    match grant {
        Grant::Entry(mut entry) => {
            let (outcome, needs_reset) = needs_reset(&mut entry, outcome);
            let pool = &entry.payload.pool;
            let (room, now) = (pool.kernel.room(), pool.clock.now());
            let told = pool.tells_leases;
            if told {
                if is_heeded(pool, entry.facts(), outcome, now) {
                    let ending = ending_of(&entry, outcome, now);
                    settle_and_tell(entry, ending, needs_reset);
                    return;
                }
                ending_of(&entry, outcome, now).begin();
            }
            room.visit(|machine| {
                machine.release(entry, outcome, needs_reset, now);
            });
            if told {
                Ending::forget();
            }
        }
        grant => {
            give_back(grant, outcome);
        }
    }
}

/// As `give_back`, with word of the end of the reset or close if there is one for certain.
pub(super) fn release_own<C: Connector>(
    mut entry: Box<Entry<Pooled<C>>>,
    outcome: Outcome,
) -> (Settled, Option<oneshot::Receiver<()>>) {
    let (outcome, needs_reset) = needs_reset(&mut entry, outcome);
    let done = (needs_reset || !outcome.reusable()).then(|| {
        let (sender, receiver) = oneshot::channel();
        entry.payload.farewell = Some(sender);
        receiver
    });
    (settle(entry, outcome, needs_reset), done)
}

/// The connector's word. One that panics leaves a connection that nobody can trust.
#[inline(always)]
fn needs_reset<C: Connector>(entry: &mut Entry<Pooled<C>>, outcome: Outcome) -> (Outcome, bool) {
    if !outcome.reusable() {
        return (outcome, false);
    }
    match entry.payload.needs_reset() {
        Some(needs_reset) => (outcome, needs_reset),
        None => (Outcome::Broken, false),
    }
}

fn settle<C: Connector>(entry: Box<Entry<Pooled<C>>>, outcome: Outcome, needs_reset: bool) -> Settled {
    let now = entry.payload.pool.clock.now();
    if entry.payload.pool.tells_leases {
        let ending = ending_of(&entry, outcome, now);
        return settle_and_tell(entry, ending, needs_reset);
    }
    let pool = Arc::clone(&entry.payload.pool);
    pool.visit(|machine| machine.release(entry, outcome, needs_reset, now))
}

#[inline(never)]
fn settle_and_tell<C: Connector>(entry: Box<Entry<Pooled<C>>>, ending: Ending, needs_reset: bool) -> Settled {
    let (pool, endpoint) = (Arc::clone(&entry.payload.pool), Arc::clone(entry.endpoint()));
    let LeaseFacts { uses, born, context, .. } = *entry.facts();
    ending.begin();
    let settled = pool.visit(|machine| machine.release(entry, ending.outcome(), needs_reset, ending.ended()));
    if let Some(ending) = Ending::over() {
        ending.tell(&pool, &Rest { endpoint: &endpoint, uses, born, context, settled });
    }
    settled
}

#[inline(always)]
fn ending_of<C: Connector>(entry: &Entry<Pooled<C>>, outcome: Outcome, ended: Time) -> Ending {
    let payload = &entry.payload;
    Ending::new(&payload.pool, entry.id(), entry.facts(), payload.dial.as_deref(), outcome, ended)
}

// Taken as it is, in its box: the way of an exclusive connection stays short.
#[expect(clippy::boxed_local, reason = "it comes in a box")]
#[inline(never)]
fn give_back_share<C: Connector>(lease: Box<SharedLease<Pooled<C>>>, outcome: Outcome) -> Settled {
    let SharedLease { payload, share, endpoint, facts } = *lease;
    let (pool, dial) = (Arc::clone(&payload.pool), payload.dial.clone());
    // Before the share: at none, the machine takes the connection for unused.
    calm(|| drop(payload));
    let (entry, now) = (share.id(), pool.clock.now());
    if pool.tells_leases {
        Ending::new(&pool, entry, &facts, dial.as_deref(), outcome, now).begin();
    }
    let settled = pool.visit(|machine| machine.release_share(share, outcome, now));
    if let Some(ending) = Ending::over() {
        let LeaseFacts { uses, born, context, .. } = facts;
        ending.tell(&pool, &Rest { endpoint: &endpoint, uses, born, context, settled });
    }
    settled
}
