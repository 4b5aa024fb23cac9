//! Shared connections: the entry never leaves the machine, leases hold a handle and a share.

use std::sync::Arc;

use super::acquire::Facts;
use super::expiry::Moment;
use super::holders::Holder;
use super::{Machine, Settled};
use crate::book::State;
use crate::grant::{Grant, LeaseFacts, SharedLease, Want};
use crate::{BrokenShare, CloseReason, Outcome, Payload, Settle, Share, SharedOrder, Time};

impl<P: Payload> Machine<P> {
    /// Lends a share of a connection that is in the lists.
    pub(super) fn lend_share(&mut self, index: u32, want: &Want, facts: Facts, now: Time) -> Grant<P> {
        let slot = &mut self.book.slots[index as usize];
        let shares = slot.shares.as_mut().expect("a shared connection");
        shares.used += 1;
        let (endpoint, full) = (slot.endpoint, slot.linked && slot.free_shares() == 0);
        if full {
            self.unlink(index);
        }
        self.book.endpoints[endpoint as usize].shares += 1;
        let (site, context, lost) = (want.site, want.context, Arc::default());
        let mark = Arc::clone(&lost);
        let holder = self.holders.add(Holder { index, granted: now, site, context, told: false, lost });
        let entry = self.payloads[index as usize].as_ref().expect("a shared connection is in the machine");
        let mut lease = Box::new(SharedLease {
            payload: entry.payload.share(),
            share: Share::new(entry.id(), now, holder, mark, Arc::clone(&self.returns)),
            endpoint: Arc::clone(entry.endpoint()),
            facts: LeaseFacts::NONE,
        });
        self.lend(index, &mut lease.facts, want, facts, now);
        Grant::Share(lease)
    }

    /// A lease of a shared connection ends.
    pub fn release_share(&mut self, share: Share, outcome: Outcome, now: Time) -> Settled {
        self.draw_in(now);
        let (id, granted, holder) = share.spend();
        self.holders.remove(holder);
        let index = id.index;
        self.book_release(index, outcome, granted, now);
        let verdict = match self.must_close(index, outcome, now) {
            // One lease that is thrown away says nothing about the others.
            Some(why) if why == CloseReason::DISCARDED || why == CloseReason::DETACHED => None,
            Some(_) if self.is_not_heeded(index, outcome) => None,
            Some(why) => Some((why.reason, why)),
            None => None,
        };
        let (reason, closes) = match verdict {
            Some((reason, why)) => {
                self.tell_loss(index, outcome, granted, now);
                (reason, Some(why))
            }
            None => match self.ask_settle(index, outcome, granted, now) {
                (Settle::Close, reason) => {
                    (reason, Some(CloseReason { policy: self.judge.policies.release.kind, reason }))
                }
                (_, reason) => (reason, None),
            },
        };
        if let Some(why) = closes {
            self.drain_shared(index, why, now);
        }
        self.end_share(index, 1, now);
        self.pump_freed(now);
        self.pass_turn(now);
        Settled { reason, closed: closes }
    }

    /// Whether the word of a lease, that its connection is broken, counts for nothing while others
    /// share it.
    fn is_not_heeded(&self, index: u32, outcome: Outcome) -> bool {
        let others = self.book.slots[index as usize].shares.is_some_and(|shares| shares.used > 1);
        others && !outcome.reusable() && self.options.lease.broken_share == BrokenShare::Last
    }

    /// No new leases on this connection.
    fn drain_shared(&mut self, index: u32, why: CloseReason, now: Time) {
        if self.book.slots[index as usize].linked {
            self.unlink(index);
        }
        if self.book.set_draining(index, why) {
            self.note_freed(now);
        }
    }

    /// So many leases of a connection ended.
    pub(super) fn end_share(&mut self, index: u32, ended: u32, now: Time) {
        let slot = &mut self.book.slots[index as usize];
        let Some(shares) = &mut slot.shares else { return };
        #[cfg(test)]
        let ended = if self.planted.shares { 0 } else { ended };
        shares.used -= ended;
        let (used, draining) = (shares.used, shares.draining);
        self.book.endpoints[slot.endpoint as usize].shares -= ended;
        match draining {
            Some(why) if used == 0 => self.retire(index, why, now),
            Some(_) => {}
            None => {
                self.deliver_shared(index, now);
            }
        }
    }

    /// A shared connection may have free shares: for waiters first.
    pub(super) fn deliver_shared(&mut self, index: u32, now: Time) -> Option<CloseReason> {
        if self.book.slots[index as usize].linked && self.options.limits.shared_order == SharedOrder::Used {
            // As the newest: it has just been used.
            self.unlink(index);
        }
        if let Some(why) = self.expired_on_return(index, Moment::Acquire, now) {
            self.retire_held(index, why, now);
            return Some(why);
        }
        let slot = &self.book.slots[index as usize];
        let endpoint = slot.endpoint;
        if slot.free_shares() > 0 && !slot.linked && !slot.extra {
            self.book.link(index);
        }
        while self.book.slots[index as usize].linked
            && let Some(waiter) = self.call_waiter(endpoint, now).filter(|&waiter| self.has_turn_for(waiter, 0))
        {
            let (id, want) = (self.waiters.id_of(waiter), self.waiters.want(waiter));
            let grant = self.lend_share(index, &want, Facts::hand_off(id), now);
            self.answer_with(waiter, grant);
        }
        self.pump_freed(now);
        let unused = self.book.slots[index as usize].shares.is_some_and(|shares| shares.used == 0);
        if !unused {
            return None;
        }
        self.forget_holder(index);
        self.book.set_state(index, State::Idle, now);
        let closed = if self.book.slots[index as usize].linked { self.after_parking(index, now) } else { None };
        // Those who wait, wait for another endpoint: this one may have to make room.
        self.pump(None, now);
        closed
    }

    /// A connection says how many leases it can serve from now on.
    pub(super) fn set_capacity(&mut self, index: u32, capacity: u32, now: Time) {
        let slot = &mut self.book.slots[index as usize];
        let Some(shares) = &mut slot.shares else { return };
        shares.capacity = capacity;
        let (draining, linked, state) = (shares.draining.is_some(), slot.linked, slot.state);
        let free = slot.free_shares() > 0;
        self.last_capacity = capacity.max(1);
        let in_machine = matches!(state, State::Idle | State::Leased);
        if draining || !in_machine || free == linked {
            return;
        }
        if free {
            self.deliver_shared(index, now);
        } else {
            self.unlink(index);
        }
    }
}
