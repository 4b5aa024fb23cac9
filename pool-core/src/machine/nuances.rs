//! What other pools' statistics tell apart, and what a fresh connection is: both hang on whether a
//! caller found an idle connection, room for one of its own, or neither.

use super::Machine;
use crate::grant::LeaseFacts;
use crate::{CloseReason, IdleView, Payload, Time, WaiterId};

impl<P: Payload> Machine<P> {
    /// The first who can be served by an idle connection of this endpoint.
    pub(super) fn next_waiter_for_idle(&self, endpoint: u32) -> Option<u32> {
        #[cfg(test)]
        if self.planted.order {
            return self.next_waiter(endpoint);
        }
        self.waiters.next_for_idle(endpoint, self.book.takes_load(endpoint), self.order())
    }

    /// Notes whether one who begins to wait found room for a connection of its own: it waits for a
    /// dial then, and not at a limit. One who takes nothing idle gets room where there is none.
    #[cold]
    pub(super) fn note_room(&mut self, waiter: WaiterId, bound: Option<u32>, now: Time) {
        let room = match bound {
            Some(endpoint) => self.has_room(endpoint),
            None => self.loaded().any(|endpoint| self.has_room(endpoint)),
        };
        if room && self.has_turn(0) {
            self.waiters.set_room(waiter.index);
        } else if self.waiters.is_fresh(waiter.index) {
            self.make_room_at_endpoint(bound, now);
        }
    }

    /// Idle connections that are of no use to one take up all places of an endpoint. Those that take up
    /// all places of the pool are the pump's business.
    fn make_room_at_endpoint(&mut self, bound: Option<u32>, now: Time) {
        let Some(most) = self.options.limits.max_open_per_endpoint else { return };
        let crowded = |&endpoint: &u32| {
            let slot = &self.book.endpoints[endpoint as usize];
            slot.open >= most && slot.idle.len > 0 && slot.may_dial(now)
        };
        let place = match bound {
            Some(endpoint) => Some(endpoint).filter(crowded),
            None => self.loaded().find(crowded),
        };
        let Some(endpoint) = place else { return };
        let view = IdleView::of_endpoint(&self.book, endpoint, now).unused();
        if let Some(victim) = self.judge.victim(view, now, &mut self.random) {
            self.retire_linked(victim.index, victim.why(CloseReason::MAKE_ROOM), now);
        }
    }

    /// The endpoints for those who do not care which.
    fn loaded(&self) -> impl Iterator<Item = u32> {
        self.book.active.iter().copied().filter(|&endpoint| self.book.takes_load(endpoint))
    }

    /// One who had found room is served.
    #[cold]
    pub(super) fn note_served_with_room(&mut self, facts: &LeaseFacts) {
        self.nuances.served_with_room.add(facts.granted.since(facts.asked));
    }

    pub(super) fn waiting_at_limit(&self) -> u32 {
        self.waiters.queued_at_limit()
    }
}
