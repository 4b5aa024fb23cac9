//! A connection comes back: closed, reset, handed to a waiter, or idle.

use super::acquire::Facts;
use super::expiry::Moment;
use super::policy::{Returned, Victim};
use super::{Machine, Settled};
use crate::book::State;
use crate::work::Work;
use crate::{
    CloseReason, Cx, Entry, Handoff, IdleView, Lifecycle, Outcome, Payload, Reason, Settle, Time,
    Victim as VictimOption, What,
};

const RESET: Reason = Reason::new("reset");

impl<P: Payload> Machine<P> {
    /// A connection comes back. `needs_reset` is the connector's word.
    #[inline(always)]
    pub fn release(&mut self, entry: Box<Entry<P>>, outcome: Outcome, needs_reset: bool, now: Time) -> Settled {
        let entry = if needs_reset {
            entry
        } else {
            match self.take_back_quickly(entry, outcome, now) {
                Ok(settled) => return settled,
                Err(entry) => entry,
            }
        };
        self.release_at_length(entry, outcome, needs_reset, now)
    }

    #[inline(never)]
    fn release_at_length(&mut self, entry: Box<Entry<P>>, outcome: Outcome, needs_reset: bool, now: Time) -> Settled {
        let settled = self.settle(entry, outcome, needs_reset, now);
        self.pump_freed(now);
        self.pass_turn(now);
        settled
    }

    fn settle(&mut self, entry: Box<Entry<P>>, outcome: Outcome, needs_reset: bool, now: Time) -> Settled {
        self.draw_in(now);
        let index = entry.id().index;
        let granted = self.book.slots[index as usize].since;
        self.book_release(index, outcome, granted, now);
        self.book.slots[index as usize].site = None;
        if let Some(why) = self.must_close(index, outcome, now) {
            self.tell_loss(index, outcome, granted, now);
            self.doom(index, entry, why, now);
            return Settled { reason: why.reason, closed: Some(why) };
        }
        match self.ask_settle(index, outcome, granted, now) {
            (Settle::Close, reason) => {
                let why = CloseReason { policy: self.judge.policies.release.kind, reason };
                self.doom(index, entry, why, now);
                Settled { reason, closed: Some(why) }
            }
            (Settle::Reset, reason) => self.begin_reset(index, entry, reason, now),
            (Settle::Keep, _) if needs_reset => self.begin_reset(index, entry, RESET, now),
            (Settle::Keep, reason) => Settled { reason, closed: self.deliver(index, entry, now) },
        }
    }

    /// Writes the end of a lease into the books.
    #[inline(always)]
    pub(super) fn book_release(&mut self, index: u32, outcome: Outcome, granted: Time, now: Time) {
        let endpoint = self.book.slots[index as usize].endpoint;
        let tally = &mut self.book.endpoints[endpoint as usize].tally;
        tally.counters.note_end(outcome);
        self.judge.decisions.returned_at_length += 1;
        if outcome == Outcome::Dead {
            tally.counters.dead += 1;
        } else {
            tally.timings.usage.record_nanos(now.nanos_since(granted));
        }
        if self.judge.wants_feedback && outcome != Outcome::Dead {
            self.tell_feedback(endpoint, outcome, granted, now);
        }
        self.tell_all(now, |machine| What::Released {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            outcome,
            held_for: now.since(granted),
        });
    }

    #[inline(never)]
    fn tell_feedback(&mut self, endpoint: u32, outcome: Outcome, granted: Time, now: Time) {
        let id = self.book.endpoint_id(endpoint);
        self.tell_health(endpoint, outcome, now.since(granted), now);
        if !self.judge.balance_wants_feedback {
            return;
        }
        let (took, mut cx) = (now.since(granted), Cx { now, key: None, random: &mut self.random });
        self.judge.tell_balance(now, |policy| policy.feedback(id, outcome, took, &mut cx));
    }

    /// Why a connection that comes back is closed whatever the policy says, if it is.
    #[inline(always)]
    pub(super) fn must_close(&mut self, index: u32, outcome: Outcome, now: Time) -> Option<CloseReason> {
        match outcome {
            Outcome::Ok | Outcome::Failed => {}
            Outcome::Broken => return Some(CloseReason::BROKEN),
            Outcome::Discarded => return Some(CloseReason::DISCARDED),
            Outcome::Detached => return Some(CloseReason::DETACHED),
            Outcome::Panicked => return Some(CloseReason::PANIC),
            Outcome::Dead => return Some(CloseReason::PEER_CLOSED),
        }
        let why = self.unfit(index).or_else(|| self.extra_must_go(index));
        why.or_else(|| self.expired_on_return(index, Moment::Release, now))
    }

    #[inline(always)]
    pub(super) fn ask_settle(&mut self, index: u32, outcome: Outcome, granted: Time, now: Time) -> (Settle, Reason) {
        let cx = Cx { now, key: None, random: &mut self.random };
        self.judge.settle(&self.book, Returned { index, outcome, granted }, cx)
    }

    /// Tells the release policy of a lease that it is not asked about, if it wants to know.
    #[cold]
    pub(super) fn tell_loss(&mut self, index: u32, outcome: Outcome, granted: Time, now: Time) {
        let endpoint = self.book.slots[index as usize].endpoint;
        if self.judge.wants_losses && self.book.endpoints[endpoint as usize].active {
            let cx = Cx { now, key: None, random: &mut self.random };
            self.judge.tell_loss(&self.book, Returned { index, outcome, granted }, cx);
        }
    }

    #[cold]
    fn begin_reset(&mut self, index: u32, entry: Box<Entry<P>>, reason: Reason, now: Time) -> Settled {
        self.book.set_state(index, State::Resetting, now);
        self.queue(Work::Reset(entry));
        Settled { reason, closed: None }
    }

    /// A connection is ready to serve: the first compatible waiter, or nobody yet. Gives the reason
    /// if it was closed instead.
    #[inline(always)]
    pub(super) fn deliver(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) -> Option<CloseReason> {
        if self.waiters.queued() == 0 && self.book.slots[index as usize].shares.is_none() {
            return self.park(index, entry, now);
        }
        self.deliver_to_some(index, entry, now)
    }

    /// The same where there are waiters, or the connection is shared.
    #[inline(never)]
    fn deliver_to_some(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) -> Option<CloseReason> {
        if self.book.slots[index as usize].shares.is_some() {
            self.payloads[index as usize] = Some(entry);
            return self.deliver_shared(index, now);
        }
        let endpoint = self.book.slots[index as usize].endpoint;
        let Some(waiter) = self.call_waiter(endpoint, now).filter(|&waiter| self.is_handed_off(index, waiter)) else {
            let closed = self.park(index, entry, now);
            // Those who wait take it from there, or wait for another endpoint: this one may have to
            // make room.
            self.pump(None, now);
            return closed;
        };
        if let Some(why) = self.expired_on_return(index, Moment::Acquire, now) {
            self.doom(index, entry, why, now);
            return Some(why);
        }
        let (id, want) = (self.waiters.id_of(waiter), self.waiters.want(waiter));
        self.book.set_state(index, State::Leased, now);
        let grant = self.lend_entry(index, entry, &want, Facts::hand_off(id), now);
        self.answer_with(waiter, grant);
        self.pump_freed(now);
        None
    }

    /// Whether a connection goes to one who waits without being idle in between. One that comes back
    /// from a lease brings its turn along.
    pub(super) fn is_handed_off(&self, index: u32, waiter: u32) -> bool {
        let state = self.book.slots[index as usize].state;
        let comes_back = state != State::Dialing;
        let direct = self.options.wait.handoff == Handoff::Direct || !comes_back;
        direct && self.has_turn_for(waiter, u32::from(self.brings_turn(state)))
    }

    /// A connection becomes idle. Gives the reason if it was closed instead, for there are too many.
    #[inline(always)]
    fn park(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) -> Option<CloseReason> {
        self.payloads[index as usize] = Some(entry);
        self.book.set_state(index, State::Idle, now);
        self.book.link(index);
        self.after_parking(index, now)
    }

    #[inline(always)]
    pub(super) fn after_parking(&mut self, index: u32, now: Time) -> Option<CloseReason> {
        self.set_idle_deadlines(index, now);
        self.unfloor(now);
        self.trim(index, now)
    }

    /// Closes one idle connection for each limit that overflowed. Gives the reason if it was this.
    #[inline(always)]
    fn trim(&mut self, incoming: u32, now: Time) -> Option<CloseReason> {
        let limits = &self.options.limits;
        if limits.max_idle.is_none() && limits.max_idle_per_endpoint.is_none() {
            return None;
        }
        self.trim_limited(incoming, now)
    }

    #[inline(never)]
    fn trim_limited(&mut self, incoming: u32, now: Time) -> Option<CloseReason> {
        let limits = &self.options.limits;
        let endpoint = self.book.slots[incoming as usize].endpoint;
        let mut closed = None;
        if let Some(most) = limits.max_idle_per_endpoint
            && self.book.endpoints[endpoint as usize].count(State::Idle) > most
        {
            let view = IdleView::of_endpoint(&self.book, endpoint, now);
            let victim = limits.victim_per_endpoint;
            closed = overflow(&mut self.judge, view.unused(), victim, incoming, now, &mut self.random);
        }
        if let Some((index, why)) = closed {
            self.retire_linked(index, why, now);
        }
        let first = closed.filter(|(index, _)| *index == incoming).map(|(_, why)| why);
        let limits = &self.options.limits;
        let Some(most) = limits.max_idle else { return first };
        if self.book.count(State::Idle) <= most {
            return first;
        }
        let view = IdleView::of_pool(&self.book, now).unused();
        let found = overflow(&mut self.judge, view, limits.victim, incoming, now, &mut self.random);
        // The other limit may have cost the same one its place already.
        let Some((index, why)) = found.filter(|(index, _)| self.book.slots[*index as usize].linked) else {
            return first;
        };
        self.retire_linked(index, why, now);
        first.or((index == incoming).then_some(why))
    }

    /// Whether the pool takes part in anything still.
    pub(super) fn is_open(&self) -> bool {
        self.lifecycle == Lifecycle::Open
    }

    /// Forgets who held a connection, but for the trace that a later close is linked to.
    pub(super) fn forget_holder(&mut self, index: u32) {
        let slot = &mut self.book.slots[index as usize];
        (slot.site, slot.overdue_told) = (None, false);
    }
}

/// Which idle connection goes when there are too many.
fn overflow(
    judge: &mut super::policy::Judge,
    view: IdleView<'_>,
    victim: VictimOption,
    incoming: u32,
    now: Time,
    random: &mut crate::Random,
) -> Option<(u32, CloseReason)> {
    let otherwise = CloseReason::MAX_IDLE;
    match victim {
        VictimOption::Incoming => Some((incoming, otherwise)),
        VictimOption::Oldest => view.oldest().map(|conn| (conn.id().index, otherwise)),
        VictimOption::Policy => judge.victim(view, now, random).map(|victim| (victim.index, victim.why(otherwise))),
    }
}

impl Victim {
    /// Why it goes: the policy's word, or the pool's own where no policy had one.
    pub(super) fn why(self, otherwise: CloseReason) -> CloseReason {
        match self.policy {
            Some(policy) => CloseReason { policy, reason: self.reason },
            None => otherwise,
        }
    }
}
