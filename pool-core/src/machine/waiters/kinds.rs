//! Waiters that are not like the others: who takes nothing idle, and who had found room for a
//! connection of its own.

use super::Waiters;
use super::places::{NIL, Waiter};
use crate::{Payload, WaitOrder, WaiterId};

impl<P: Payload> Waiters<P> {
    /// As [`Waiters::next_for`], among those who take what is idle. Nearly always the first does; if
    /// not, all places are looked through.
    #[inline]
    pub(in crate::machine) fn next_for_idle(&self, endpoint: u32, for_any: bool, order: WaitOrder) -> Option<u32> {
        let first = self.next_for(endpoint, for_any, order)?;
        if !self.at(first).fresh {
            return Some(first);
        }
        self.next_who_takes_idle(endpoint, for_any, order)
    }

    #[cold]
    fn next_who_takes_idle(&self, endpoint: u32, for_any: bool, order: WaitOrder) -> Option<u32> {
        let fits = |waiter: &Waiter<P>| waiter.bound == endpoint || (for_any && waiter.bound == NIL);
        let all = self.places.0.iter().flatten().zip(0..);
        let all = all.filter(|(waiter, _)| waiter.queued && !waiter.fresh && fits(waiter));
        let next = match order {
            WaitOrder::Lifo => all.max_by_key(|(waiter, _)| waiter.turn),
            WaitOrder::Fifo => all.min_by_key(|(waiter, _)| waiter.turn),
        };
        next.map(|(_, index)| index)
    }

    /// It found room for a connection of its own.
    pub(in crate::machine) fn set_room(&mut self, index: u32) {
        self.at_mut(index).roomy = true;
    }

    /// Whether it had found room for a connection of its own.
    #[inline(always)]
    pub(in crate::machine) fn had_room(&self, index: u32) -> bool {
        self.at(index).roomy
    }

    /// The same of an id that may be void.
    pub(in crate::machine) fn has_room_of(&mut self, id: WaiterId) -> bool {
        self.find(id).is_some_and(|waiter| waiter.roomy)
    }

    /// How many of those who wait had found none.
    pub(in crate::machine) fn queued_at_limit(&self) -> u32 {
        self.places.0.iter().flatten().filter(|waiter| waiter.queued && !waiter.roomy).count() as u32
    }
}
