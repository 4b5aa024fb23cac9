//! Seeing to it that no one waits while something could serve: after each change that may help.

use super::Machine;
use super::acquire::{Facts, Idle};
use crate::book::{NIL, State};
use crate::view::{Burden, Offer};
use crate::{CloseReason, Counts, DialBy, FillMoments, IdleView, Lifecycle, Payload, Time};

impl<P: Payload> Machine<P> {
    /// Serves and dials for those who wait, then dials ahead. `first_choice` is where the balance
    /// policy wanted the caller that has just begun to wait.
    pub(super) fn pump(&mut self, first_choice: Option<u32>, now: Time) {
        if self.lifecycle != Lifecycle::Open || self.pumping {
            return;
        }
        self.pumping = true;
        self.freed = false;
        self.pump_once(first_choice, now);
        // What it closed may have freed a place.
        while std::mem::take(&mut self.freed) {
            self.pump_once(None, now);
        }
        self.pumping = false;
    }

    /// A place is free before the close of its connection is done, where those do not count.
    pub(super) fn note_freed(&mut self, now: Time) {
        if self.options.limits.closing == Counts::Free && self.lifecycle == Lifecycle::Open {
            (self.freed, self.vacated) = (true, true);
            self.note_fill(FillMoments::CLOSE);
            self.pump(None, now);
        }
    }

    /// Nobody has what a caller frees that is being served, and nothing is dialed ahead in its place,
    /// before it knows whether it needs that itself.
    pub(super) fn first<T>(&mut self, serve: impl FnOnce(&mut Self) -> T) -> T {
        let pumping = std::mem::replace(&mut self.pumping, true);
        let served = serve(self);
        self.pumping = pumping;
        served
    }

    /// It is served, or its lease is over: what it freed and did not need is for others.
    pub(super) fn pump_freed(&mut self, now: Time) {
        if self.freed {
            self.pump(None, now);
        }
    }

    fn pump_once(&mut self, first_choice: Option<u32>, now: Time) {
        if self.waiters.queued() > 0 {
            if self.book.idle.len > 0 {
                self.serve_from_idle(now);
            }
            self.dial_for_those_who_wait(first_choice, now);
        }
        self.pay_debts(now);
        self.fill(now);
    }

    fn dial_for_those_who_wait(&mut self, first_choice: Option<u32>, now: Time) {
        match (self.options.dial.by, self.options.dial.elide) {
            (DialBy::Caller, _) => self.dial_for_each_turn(now),
            (_, false) => self.dial_for_each(first_choice, now),
            (DialBy::Opener, true) if !self.vacated => {}
            (DialBy::Pool | DialBy::Opener, true) => {
                if self.waiters.queued_bound() > 0 {
                    self.dial_for_bound(now);
                }
                self.dial_for_any(first_choice, now);
                // Until all are dialed for, or all places are taken.
                self.vacated = self.needs_dial() && self.room().is_some();
            }
        }
    }

    /// Idle connections and waiters side by side: those need a check first, or had one that was
    /// lost with its task.
    fn serve_from_idle(&mut self, now: Time) {
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.unserved_at(endpoint) && self.hand_idle(endpoint, now).is_some() {}
        }
    }

    /// The same also where those who wait are to get what is being checked.
    #[cold]
    pub(super) fn serve_all_from_idle(&mut self, now: Time) {
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.hand_idle(endpoint, now) == Some(true) {}
        }
    }

    /// Gives an idle connection of this endpoint to the first who can be served by it; whether one was
    /// fit at once. `None`: nobody waits for one.
    fn hand_idle(&mut self, endpoint: u32, now: Time) -> Option<bool> {
        if self.judge.policies.queue.is_some() && self.next_waiter_for_idle(endpoint).is_some() {
            self.ask_queue(endpoint, now);
        }
        let waiter = self.next_waiter_for_idle(endpoint).filter(|&waiter| self.has_turn_for(waiter, 0))?;
        let (id, want) = (self.waiters.id_of(waiter), self.waiters.want(waiter));
        let Idle::Lent(grant) = self.lend_idle(endpoint, &want, Facts::hand_off(id), now) else { return Some(false) };
        self.answer_with(waiter, grant);
        Some(true)
    }

    fn unserved_at(&self, endpoint: u32) -> bool {
        let slot = &self.book.endpoints[endpoint as usize];
        let any = if self.book.takes_load(endpoint) { self.waiters.queued_any() } else { 0 };
        slot.idle.len > 0 && any + self.waiters.queued_at(endpoint) > slot.count(State::Checking)
    }

    /// The first who can be served by a connection of this endpoint.
    #[inline]
    pub(super) fn next_waiter(&self, endpoint: u32) -> Option<u32> {
        #[cfg(test)]
        if self.planted.order {
            let reversed = match self.order() {
                crate::WaitOrder::Fifo => crate::WaitOrder::Lifo,
                _ => crate::WaitOrder::Fifo,
            };
            return self.waiters.next_for(endpoint, self.book.takes_load(endpoint), reversed);
        }
        self.waiters.next_for(endpoint, self.book.takes_load(endpoint), self.order())
    }

    fn dial_for_bound(&mut self, now: Time) {
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.bound_need(endpoint) > 0 && self.may_dial_more(now) && self.can_dial(endpoint, now) {
                if !self.may_dial_in_pace(Some(endpoint), now) {
                    self.wake_by(self.next_in_pace());
                    break;
                }
                self.note_paced_dial(now);
                self.begin_dial(endpoint, false, now);
            }
            if self.bound_need(endpoint) > 0 && self.has_room_of_its_own(endpoint, now) {
                self.make_room(self.bound_need(endpoint), now);
            }
        }
    }

    /// Whether only the pool's limit keeps this endpoint from another dial.
    pub(super) fn has_room_of_its_own(&self, endpoint: u32, now: Time) -> bool {
        let slot = &self.book.endpoints[endpoint as usize];
        self.room_at_each().takes(slot) && slot.may_dial(now)
    }

    /// So many wait for what could be dialed, and connections that cannot serve them sit idle in all
    /// the places.
    fn make_room(&mut self, need: u32, now: Time) {
        if self.room().is_some() {
            return;
        }
        while self.book.count(State::Closing) < need && self.book.idle.len > 0 {
            let view = IdleView::of_pool(&self.book, now).unused();
            let Some(victim) = self.judge.victim(view, now, &mut self.random) else { return };
            self.retire_linked(victim.index, victim.why(CloseReason::MAKE_ROOM), now);
        }
    }

    fn dial_for_any(&mut self, mut first_choice: Option<u32>, now: Time) {
        while self.any_need() > 0 && self.may_dial_more(now) && self.room().is_some() {
            if !self.may_dial_in_pace(None, now) {
                self.wake_by(self.next_in_pace());
                break;
            }
            let Some(endpoint) = self.pick_to_dial(first_choice.take(), now) else { break };
            self.note_paced_dial(now);
            self.begin_dial(endpoint, false, now);
        }
        if self.room().is_none() && self.any_need() > 0 && self.any_has_room_of_its_own(now) {
            // Nothing idle could serve them, or it would: it is where no load may go.
            self.make_room(self.any_need(), now);
        }
    }

    fn any_has_room_of_its_own(&self, now: Time) -> bool {
        let could = |&endpoint: &u32| self.book.takes_load(endpoint) && self.has_room_of_its_own(endpoint, now);
        self.book.idle.len > 0 && self.book.active.iter().any(could)
    }

    /// Dials at the balance policy's choice, which had nothing ready, for those who come after.
    pub(super) fn dial_ahead_at(&mut self, endpoint: Option<u32>, now: Time) {
        let Some(endpoint) = endpoint else { return };
        let none_yet = self.book.endpoints[endpoint as usize].count(State::Dialing) == 0;
        if none_yet && self.may_dial_more(now) && self.can_dial(endpoint, now) {
            self.begin_dial(endpoint, true, now);
        }
    }

    /// Where the next dial goes: the balance policy's choice among those with room and, for their
    /// weights, the fewest dials under way. So a burst spreads as the load is to, although the policy
    /// hears of it only when the dials are done; and an endpoint that never answers does not draw
    /// all dials to itself. `first_choice` is what the policy has said already.
    pub(super) fn pick_to_dial(&mut self, first_choice: Option<u32>, now: Time) -> Option<u32> {
        if let [only] = self.book.active[..] {
            return self.can_dial(only, now).then_some(only);
        }
        let burden = |index: u32| Burden::of(&self.book.endpoints[index as usize]);
        let can = |&index: &u32| self.book.takes_load(index) && self.can_dial(index, now);
        let all = self.book.active.iter().copied().filter(can).map(burden);
        let least = all.reduce(|least, other| if least.exceeds(other) { other } else { least })?;
        let hinted = first_choice.filter(|endpoint| can(endpoint) && !burden(*endpoint).exceeds(least));
        if hinted.is_some() {
            return hinted;
        }
        let offer = Offer { idle: false, room: self.room(), burden: least, healthy: false, without: NIL };
        self.ask_balance(offer, None, now).map(|(endpoint, _)| endpoint)
    }
}
