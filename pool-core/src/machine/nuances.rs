//! What other pools' statistics tell apart, and what a fresh connection is: both hang on whether a
//! caller found an idle connection, room for one of its own, or neither.

use super::Machine;
use crate::grant::LeaseFacts;
use crate::{Payload, WaiterId};

impl<P: Payload> Machine<P> {
    /// The first who can be served by an idle connection of this endpoint.
    pub(super) fn next_waiter_for_idle(&self, endpoint: u32) -> Option<u32> {
        #[cfg(test)]
        if self.planted.order {
            return self.next_waiter(endpoint);
        }
        self.waiters.next_for_idle(endpoint, self.book.takes_load(endpoint), self.options.wait.order)
    }

    /// Notes whether one who begins to wait found room for a connection of its own: it waits for a
    /// dial then, and not at a limit.
    #[cold]
    pub(super) fn note_room(&mut self, waiter: WaiterId, bound: Option<u32>) {
        let takes = |&&endpoint: &&u32| self.book.takes_load(endpoint) && self.has_room(endpoint);
        let room = match bound {
            Some(endpoint) => self.has_room(endpoint),
            None => self.book.active.iter().any(|endpoint| takes(&endpoint)),
        };
        if room {
            self.waiters.set_room(waiter.index);
        }
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
