//! Sums: what is coming, who waits for it, and whether there is hope.

use super::Machine;
use crate::book::State;
use crate::view::Room;
use crate::work::Ticket;
use crate::{Counts, DialBy, Hopeless, Payload, Time};

impl<P: Payload> Machine<P> {
    /// Whether another connection may be made: how many an endpoint may have then.
    #[inline]
    pub(super) fn room(&self) -> Option<Room> {
        let limits = &self.options.limits;
        #[cfg(test)]
        if self.planted.limit {
            return Some(Room { most: u32::MAX, closing: true, dialing: true });
        }
        let has_room = self.counted() < limits.max_open || self.overflows();
        has_room.then(|| self.room_at_each())
    }

    /// What an endpoint's own limit leaves it.
    pub(super) fn room_at_each(&self) -> Room {
        let limits = &self.options.limits;
        let most = limits.max_open_per_endpoint.unwrap_or(u32::MAX);
        Room { most, closing: limits.closing == Counts::Counted, dialing: limits.dialing == Counts::Counted }
    }

    /// How many count against `max_open`.
    #[inline]
    pub(super) fn counted(&self) -> u32 {
        let limits = &self.options.limits;
        let unless = |counts: Counts, count: u32| if counts == Counts::Counted { 0 } else { count };
        let closing = self.book.count(State::Closing) + self.book.draining;
        self.book.open - unless(limits.closing, closing) - unless(limits.dialing, self.book.count(State::Dialing))
    }

    /// How many will be left when those that are being closed are gone.
    #[inline]
    pub(super) fn staying(&self) -> u32 {
        self.book.open - self.book.count(State::Closing) - self.unless_closing_counts(self.book.draining)
    }

    /// The same of an endpoint.
    #[inline]
    pub(super) fn staying_at(&self, endpoint: u32) -> u32 {
        let slot = &self.book.endpoints[endpoint as usize];
        slot.open - slot.count(State::Closing) - self.unless_closing_counts(slot.draining)
    }

    fn unless_closing_counts(&self, count: u32) -> u32 {
        if self.options.limits.closing == Counts::Counted { 0 } else { count }
    }

    /// Whether this endpoint has room for another connection.
    pub(super) fn has_room(&self, endpoint: u32) -> bool {
        self.room().is_some_and(|room| room.takes(&self.book.endpoints[endpoint as usize]))
    }

    /// Whether one more dial may be under way.
    pub(super) fn may_dial_more(&self, now: Time) -> bool {
        self.book.count(State::Dialing) < self.options.dial.max_concurrent && now >= self.rests_until
    }

    /// Whether a dial at this endpoint may begin now.
    pub(super) fn can_dial(&self, endpoint: u32, now: Time) -> bool {
        let slot = &self.book.endpoints[endpoint as usize];
        // Behind a breaker that fails fast, nothing but its probes is dialed.
        self.has_room(endpoint) && slot.may_dial(now) && !(slot.broken && self.fails_fast())
    }

    /// Leases that will be possible at this endpoint when what is under way is done.
    fn supply_at(&self, endpoint: u32) -> u32 {
        let slot = &self.book.endpoints[endpoint as usize];
        self.leases_of(slot.dialing_for_all(), slot.of_use(State::Checking))
    }

    fn leases_of(&self, dialing: u32, checking: u32) -> u32 {
        dialing.saturating_mul(self.last_capacity).saturating_add(checking)
    }

    /// The same, less what those bound to the endpoint will take.
    fn spare_supply_at(&self, endpoint: u32) -> u32 {
        self.supply_at(endpoint).saturating_sub(self.waiters.queued_at(endpoint))
    }

    /// How many more dials those bound to this endpoint need.
    pub(super) fn bound_need(&self, endpoint: u32) -> u32 {
        self.waiters.queued_at(endpoint).min(self.turns_left()).saturating_sub(self.supply_at(endpoint))
    }

    /// What is under way for those who do not care which endpoint.
    pub(super) fn spare_supply(&self) -> u32 {
        if self.waiters.queued_bound() == 0 && !self.book.some_unloaded {
            return self.leases_of(self.book.dialing_for_all(), self.book.of_use(State::Checking));
        }
        let loaded = self.book.active.iter().filter(|&&endpoint| self.book.takes_load(endpoint));
        loaded.fold(0, |sum, &endpoint| sum.saturating_add(self.spare_supply_at(endpoint)))
    }

    /// How many more dials those need who do not care which endpoint.
    pub(super) fn any_need(&self) -> u32 {
        self.waiters.queued_any().min(self.turns_left()).saturating_sub(self.spare_supply())
    }

    /// Whether somebody waits for a dial that has not begun.
    pub(super) fn needs_dial(&self) -> bool {
        self.any_need() > 0 || self.book.active.iter().any(|&endpoint| self.bound_need(endpoint) > 0)
    }

    /// Whether another caller could be served by growing, so that it need not be refused.
    pub(super) fn can_grow(&self, bound: Option<u32>) -> bool {
        match bound {
            Some(endpoint) => self.has_room(endpoint) || self.spare_supply_at(endpoint) > 0,
            None => {
                let roomy =
                    self.book.active.iter().any(|&endpoint| self.book.takes_load(endpoint) && self.has_room(endpoint));
                roomy || self.spare_supply() > self.waiters.queued_any()
            }
        }
    }

    /// Whether a dial that was not begun yet is for nobody any more.
    pub(super) fn dial_is_needless(&self, ticket: &Ticket) -> bool {
        let slot = &self.book.slots[ticket.id().index()];
        if slot.stale {
            return true;
        }
        if slot.replaces && slot.ahead {
            return self.is_idle_full(slot.endpoint);
        }
        let opened = self.options.dial.by == DialBy::Opener;
        if opened || slot.ahead || slot.probe || slot.asker.is_some() || slot.replaces || self.fill_need() > 0 {
            return false;
        }
        let without = |supply: u32| supply.saturating_sub(self.last_capacity);
        let for_bound = self.waiters.queued_at(slot.endpoint) > without(self.supply_at(slot.endpoint));
        !for_bound && without(self.spare_supply()) >= self.waiters.queued_any()
    }

    /// How many connections `min_idle` and `warm` want beyond what is there and coming.
    pub(super) fn fill_need(&self) -> u32 {
        let for_idle = self.options.limits.min_idle.saturating_sub(self.will_idle());
        let staying = self.book.open - self.book.count(State::Closing);
        for_idle.max(self.warm_target.saturating_sub(staying))
    }

    /// Whether more are coming than may be idle, here or in the pool.
    fn is_idle_full(&self, endpoint: u32) -> bool {
        let (limits, slot) = (&self.options.limits, &self.book.endpoints[endpoint as usize]);
        limits.max_idle.is_some_and(|most| self.will_idle() > most)
            || limits.max_idle_per_endpoint.is_some_and(|most| slot.will_idle() > most + self.waiters.queued())
    }

    /// How many will be idle when what is under way is done and those who wait are served.
    pub(super) fn will_idle(&self) -> u32 {
        let coming = self.book.dialing_for_all() + self.book.of_use(State::Checking);
        (self.book.count(State::Idle) + coming).saturating_sub(self.waiters.queued())
    }

    /// Whether waiting can be of use: something is there that may come back, or may be made.
    pub(super) fn has_hope(&self, bound: Option<u32>, now: Time) -> bool {
        if self.options.wait.hopeless == Hopeless::Wait && !self.book.active.is_empty() {
            return true;
        }
        match bound {
            Some(endpoint) => self.has_hope_at(endpoint, now),
            None if self.expecting => true,
            None => self
                .book
                .active
                .iter()
                .any(|&endpoint| self.book.takes_load(endpoint) && self.has_hope_at(endpoint, now)),
        }
    }

    fn has_hope_at(&self, endpoint: u32, now: Time) -> bool {
        let slot = &self.book.endpoints[endpoint as usize];
        slot.open > slot.count(State::Closing) || slot.may_dial(now)
    }

    /// Whether there is an endpoint at all; dials that failed are then to blame.
    pub(super) fn has_endpoint(&self) -> bool {
        !self.book.active.is_empty() && self.last_dial.is_some()
    }
}
