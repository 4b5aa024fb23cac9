//! The short cut: a lease of an idle connection and its return, a wait and its end by hand-off.
//!
//! This is what nearly every call comes to, and it does nothing that the long way in `acquire` and
//! `release` would not do; it only knows that most of their questions need not be asked. Whatever
//! is out of the ordinary goes the long way, and nothing is changed before that is certain. The
//! property test walks both and audits the books after each step.

use std::task::Waker;

use super::expiry::Moment;
use super::{Detail, Machine, Settled};
use crate::book::{Book, Lists, State};
use crate::grant::{Grant, Want};
use crate::machine::acquire::Facts;
use crate::{AcquireRule, Entry, Exhausted, Handoff, Lifecycle, Outcome, Payload, ReleaseRule, Time, WaiterId};

impl<P: Payload> Machine<P> {
    /// Notes whether pool, options and policies are ordinary. To be called when any of them changed.
    pub(super) fn note_ordinary(&mut self) {
        self.ordinary = self.is_ordinary();
        self.patient = self.is_patient();
    }

    /// Whether callers wait for whatever comes, however many they are.
    fn is_patient(&self) -> bool {
        let wait = &self.options.wait;
        wait.exhausted == Exhausted::Wait && !wait.strict && self.options.limits.max_waiting.is_none()
    }

    fn is_ordinary(&self) -> bool {
        let (limits, judge) = (&self.options.limits, &self.judge);
        let by_rule = judge.acquire_rule.is_some() && matches!(judge.release_rule, Some(ReleaseRule::Keep(_)));
        let unlimited = limits.max_idle.is_none()
            && limits.max_idle_per_endpoint.is_none()
            && limits.max_open_per_endpoint.is_none();
        let untimed = self.options.upkeep.check_after_idle.is_never() && self.options.lease.overdue_after.is_never();
        let plain = limits.max_leases.is_none()
            && self.options.wait.handoff == Handoff::Direct
            && self.options.wait.exhausted != Exhausted::Overflow
            && self.options.dial.elide
            && !judge.expiry.sweeps()
            && !judge.prunes()
            && judge.policies.queue.is_none();
        let untold = self.detail != Detail::All && !judge.wants_feedback;
        self.lifecycle == Lifecycle::Open && by_rule && unlimited && untimed && plain && untold && !judge.expiry.asks()
    }

    /// Lends an idle connection of the only endpoint.
    #[inline(always)]
    pub(super) fn lend_quickly(&mut self, want: &Want, now: Time) -> Option<Grant<P>> {
        debug_assert_eq!(self.ordinary, self.is_ordinary(), "noted whenever it changed");
        if !self.ordinary || want.endpoint.is_some() || want.fresh || self.returns.are_pending() {
            return None;
        }
        let &[only] = self.book.active.as_slice() else { return None };
        let Book { slots, endpoints, counts, idle, .. } = &mut self.book;
        let endpoint = endpoints.get_mut(only as usize)?;
        let (index, reason) = match self.judge.acquire_rule? {
            AcquireRule::Newest(reason) => (endpoint.idle.newest, reason),
            AcquireRule::Oldest(reason) => (endpoint.idle.oldest, reason),
        };
        // There is no such place if none is idle.
        let slot = slots.get_mut(index as usize)?;
        let current = slot.policies == self.policies_version && slot.shares.is_none();
        if !current || self.reap_from == index || now >= self.judge.expiry.deadline(slot, Moment::Acquire) {
            return None;
        }
        let mut entry = self.payloads.get_mut(index as usize)?.take()?;
        slot.linked = false;
        slot.state = State::Leased;
        slot.since = now;
        slot.uses = slot.uses.saturating_add(1);
        slot.lend_to(want.site, want.context.as_ref());
        entry.facts.write(want, now, slot.created, slot.uses, Facts::chosen(reason));
        move_one(counts, State::Idle, State::Leased);
        move_one(&mut endpoint.counts, State::Idle, State::Leased);
        endpoint.tally.counters.acquired += 1;
        endpoint.idle.remove(slots, Lists::Endpoint, index);
        idle.remove(slots, Lists::Pool, index);
        #[cfg(test)]
        (self.quick[0] += 1);
        self.refill(now);
        Some(Grant::Entry(entry))
    }

    /// Lets a caller wait where no connection is idle and none may be made.
    #[inline(always)]
    pub(super) fn queue_quickly(&mut self, want: &Want, waker: &Waker, now: Time) -> Option<WaiterId> {
        if !self.ordinary || !self.patient || want.endpoint.is_some() || self.returns.are_pending() {
            return None;
        }
        let &[only] = self.book.active.as_slice() else { return None };
        let endpoint = self.book.endpoints.get(only as usize)?;
        let full = self.counted() >= self.options.limits.max_open && endpoint.idle.len == 0;
        let hope = endpoint.open > endpoint.count(State::Closing);
        if !full || !hope || want.deadline <= now {
            return None;
        }
        let waiter = self.waiters.push(want, None, self.options.wait.order, waker.clone());
        self.wake_by(want.deadline);
        #[cfg(test)]
        (self.quick[2] += 1);
        Some(waiter)
    }

    /// Takes a connection back; gives it back if it has to go the long way.
    #[inline(always)]
    pub(super) fn take_back_quickly(
        &mut self,
        entry: Box<Entry<P>>,
        outcome: Outcome,
        now: Time,
    ) -> Result<Settled, Box<Entry<P>>> {
        debug_assert_eq!(self.ordinary, self.is_ordinary(), "noted whenever it changed");
        let busy = self.returns.are_pending() || self.floored;
        let crowded = self.book.open > self.options.limits.max_open;
        if !self.ordinary || busy || crowded || !outcome.reusable() {
            return Err(entry);
        }
        let Some(ReleaseRule::Keep(reason)) = self.judge.release_rule else { return Err(entry) };
        let settled = Settled { reason, closed: None };
        if self.waiters.queued() > 0 {
            return self.hand_off_quickly(entry, outcome, now).map(|()| settled);
        }
        let index = entry.id().index;
        let Book { slots, endpoints, counts, idle, .. } = &mut self.book;
        let Some(slot) = slots.get_mut(index as usize) else { return Err(entry) };
        let Some(endpoint) = endpoints.get_mut(slot.endpoint as usize) else { return Err(entry) };
        let Some(place) = self.payloads.get_mut(index as usize) else { return Err(entry) };
        let current = slot.policies == self.policies_version && slot.era == self.era && endpoint.active;
        let fit = slot.shares.is_none() && !slot.dead && now < slot.deadlines.at[Moment::Release as usize];
        if !current || !fit {
            return Err(entry);
        }
        let granted = std::mem::replace(&mut slot.since, now);
        slot.linked = true;
        slot.state = State::Idle;
        slot.site = None;
        let expires = self.judge.expiry.deadline(slot, Moment::Background);
        endpoint.tally.counters.note_end(outcome);
        endpoint.tally.timings.usage.record_nanos(now.nanos_since(granted));
        move_one(counts, State::Leased, State::Idle);
        move_one(&mut endpoint.counts, State::Leased, State::Idle);
        endpoint.idle.push_newest(slots, Lists::Endpoint, index);
        idle.push_newest(slots, Lists::Pool, index);
        // Its place was empty, so that there is nothing to drop.
        std::mem::forget(place.replace(entry));
        if expires < self.next_reap {
            if self.reaps_with_pauses() {
                self.begin_reaping(index, now);
            } else {
                self.reap_by(expires, now);
            }
        }
        #[cfg(test)]
        (self.quick[1] += 1);
        Ok(settled)
    }

    /// Hands a connection that came back to the first who waits.
    #[inline(never)]
    fn hand_off_quickly(&mut self, mut entry: Box<Entry<P>>, outcome: Outcome, now: Time) -> Result<(), Box<Entry<P>>> {
        let index = entry.id().index;
        let Some(slot) = self.book.slots.get(index as usize) else { return Err(entry) };
        let current = slot.policies == self.policies_version && slot.era == self.era;
        let lasts = now < slot.deadlines.at[Moment::Release as usize].min(slot.deadlines.at[Moment::Acquire as usize]);
        let only = self.book.active.as_slice() == [slot.endpoint];
        if !current || !lasts || !only || slot.shares.is_some() || slot.dead {
            return Err(entry);
        }
        let Some(waiter) = self.next_waiter(slot.endpoint) else { return Err(entry) };
        let want = self.waiters.want(waiter);
        let Book { slots, endpoints, .. } = &mut self.book;
        let slot = &mut slots[index as usize];
        let granted = std::mem::replace(&mut slot.since, now);
        slot.uses = slot.uses.saturating_add(1);
        slot.lend_to(want.site, want.context.as_ref());
        let tally = &mut endpoints[slot.endpoint as usize].tally;
        tally.counters.note_end(outcome);
        tally.counters.acquired += 1;
        tally.counters.waited += 1;
        tally.timings.usage.record_nanos(now.nanos_since(granted));
        tally.timings.wait.record_nanos(now.nanos_since(want.asked));
        entry.facts.write(&want, now, slot.created, slot.uses, Facts::hand_off(self.waiters.id_of(waiter)));
        self.answer_with(waiter, Grant::Entry(entry));
        #[cfg(test)]
        (self.quick[3] += 1);
        Ok(())
    }
}

#[inline(always)]
fn move_one(counts: &mut [u32; State::COUNT], from: State, to: State) {
    counts[from as usize] -= 1;
    counts[to as usize] += 1;
}
