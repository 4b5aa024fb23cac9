//! Connections that are to be dialed in the place of others that were closed: debts, each at the endpoint of the one
//! that went.
//!
//! Any dial at that endpoint pays one, also a caller's, who would have found the one that went. A dial that
//! fails owes again, so that nothing is lost; and what there is no room for is forgiven, so that nothing piles up.

use super::Machine;
use crate::book::State;
use crate::{Lifecycle, Payload, Time};

impl<P: Payload> Machine<P> {
    /// A connection of this endpoint goes, and another is to take its place.
    pub(super) fn owe(&mut self, endpoint: u32) {
        let slot = &mut self.book.endpoints[endpoint as usize];
        if slot.active && self.lifecycle == Lifecycle::Open {
            slot.owed += 1;
            self.owed += 1;
            // Whatever is being done, the pump comes after it.
            self.freed = true;
        }
    }

    /// A dial began.
    pub(super) fn pay(&mut self, index: u32) {
        let endpoint = self.book.slots[index as usize].endpoint;
        self.book.slots[index as usize].replaces = self.forgive_one(endpoint);
    }

    /// A dial came to nothing. One that was for nobody any more is no loss.
    pub(super) fn owe_again(&mut self, index: u32) {
        let slot = &self.book.slots[index as usize];
        if slot.replaces && !slot.stale && slot.era == self.era {
            self.owe(slot.endpoint);
        }
    }

    /// Dials in the place of those that went, as far as may be now.
    #[inline]
    pub(super) fn pay_debts(&mut self, now: Time) {
        if self.owed > 0 {
            self.pay_what_may_be(now);
        }
    }

    #[cold]
    fn pay_what_may_be(&mut self, now: Time) {
        self.forgive_what_has_no_room();
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.book.endpoints[endpoint as usize].owed > 0 && self.may_dial_ahead_at(endpoint, now) {
                self.begin_dial(endpoint, true, now);
            }
        }
    }

    fn may_dial_ahead_at(&self, endpoint: u32, now: Time) -> bool {
        self.may_dial_more(now) && self.can_dial(endpoint, now) && self.has_room_to_fill()
    }

    /// Others have taken the places in the meantime.
    fn forgive_what_has_no_room(&mut self) {
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.book.endpoints[endpoint as usize].owed > self.places_at(endpoint) {
                self.forgive_one(endpoint);
            }
        }
        let mut most = self.places();
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            while self.book.endpoints[endpoint as usize].owed > most {
                self.forgive_one(endpoint);
            }
            most -= self.book.endpoints[endpoint as usize].owed;
        }
    }

    /// Places in the pool when all that goes is gone: of `max_open`, and of `max_idle`.
    fn places(&self) -> u32 {
        let limits = &self.options.limits;
        let stay = self.book.open - self.book.count(State::Closing) - self.book.draining;
        let stay = if self.overflows() { self.pooled() } else { stay };
        let idle = limits.max_idle.map_or(u32::MAX, |most| most.saturating_sub(self.will_idle()));
        limits.max_open.saturating_sub(stay).min(idle)
    }

    /// The same at an endpoint.
    fn places_at(&self, endpoint: u32) -> u32 {
        let (limits, slot) = (&self.options.limits, &self.book.endpoints[endpoint as usize]);
        let stay = slot.open - slot.count(State::Closing) - slot.draining;
        let open = limits.max_open_per_endpoint.map_or(u32::MAX, |most| most.saturating_sub(stay));
        let idle = limits.max_idle_per_endpoint.map_or(u32::MAX, |most| most.saturating_sub(slot.will_idle()));
        open.min(idle)
    }

    /// A dial ahead for whoever comes, at this endpoint, is as good as one in the place of any that went.
    pub(super) fn forgive_for(&mut self, index: u32) {
        if self.owed == 0 || self.book.slots[index as usize].replaces {
            return;
        }
        let debtor = self.book.active.iter().copied().find(|&other| self.book.endpoints[other as usize].owed > 0);
        if let Some(endpoint) = debtor {
            self.forgive_one(endpoint);
        }
    }

    /// One less is owed here. Says whether any was.
    fn forgive_one(&mut self, endpoint: u32) -> bool {
        let owed = &mut self.book.endpoints[endpoint as usize].owed;
        let any = *owed > 0;
        *owed -= u32::from(any);
        self.owed -= u32::from(any);
        any
    }

    /// The endpoint leaves: nothing is dialed there.
    pub(super) fn forgive_all_at(&mut self, endpoint: u32) {
        while self.forgive_one(endpoint) {}
    }

    /// All is closed, and nothing takes its place.
    pub(super) fn forgive_all(&mut self) {
        for endpoint in 0..self.book.endpoints.len() as u32 {
            self.forgive_all_at(endpoint);
        }
    }
}
