//! Waiters that are not like the others: who takes nothing idle, who had found room for a connection
//! of its own, and whose turn the balance policy has counted already.

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
            _ => all.min_by_key(|(waiter, _)| waiter.turn),
        };
        next.map(|(_, index)| index)
    }

    /// The balance policy was told of it as it began to wait. Kept with the turn, which leaves a bit.
    pub(in crate::machine) fn set_counted(&mut self, index: u32) {
        self.at_mut(index).turn |= 1;
    }

    /// Whether the balance policy was told of it.
    pub(in crate::machine) fn is_counted(&self, index: u32) -> bool {
        self.at(index).turn & 1 == 1
    }

    /// The endpoint that it waits for was picked for it, and is not what it asked for.
    pub(in crate::machine) fn set_picked(&mut self, index: u32) {
        self.at_mut(index).picked = true;
    }

    /// Those for whom this endpoint was picked wait for any from now on, each when its turn comes. One that has begun a
    /// dial stays: that is its own affair.
    pub(in crate::machine) fn let_go(&mut self, endpoint: u32) {
        let mut index = self.bound.get(endpoint as usize).map_or(NIL, |queue| queue.head);
        while index != NIL {
            let next = self.at(index).next;
            if self.at(index).picked && self.at(index).dial == NIL {
                self.unlink(index);
                let waiter = self.at_mut(index);
                // Not counted: the policy is told where it is served after all.
                waiter.turn &= !1;
                (waiter.bound, waiter.queued, waiter.picked) = (NIL, true, false);
                self.enqueue_in_turn(index);
            }
            index = next;
        }
    }

    /// Into the queue of those who wait for any endpoint, where its turn is.
    fn enqueue_in_turn(&mut self, index: u32) {
        let (turn, any) = (self.at(index).turn, self.any);
        let mut before = any.tail;
        while before != NIL && self.at(before).turn > turn {
            before = self.at(before).prev;
        }
        if before == NIL || before == any.tail {
            return self.enqueue(index, before == NIL);
        }
        let after = self.at(before).next;
        let waiter = self.at_mut(index);
        (waiter.prev, waiter.next) = (before, after);
        self.at_mut(before).next = index;
        self.at_mut(after).prev = index;
        self.any.len += 1;
        self.queued += 1;
    }

    /// Whether it takes nothing idle.
    pub(in crate::machine) fn is_fresh(&self, index: u32) -> bool {
        self.at(index).fresh
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

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::{Time, Want};

    struct Paper;

    impl Payload for Paper {
        type Fault = ();
        type Shared = ();

        fn share(&self) {}
    }

    /// Those who wait for any endpoint or for the second; those marked take nothing idle.
    fn queue(order: WaitOrder, waiters: &[(Option<u32>, bool)]) -> Waiters<Paper> {
        let mut queue = Waiters::default();
        for &(bound, fresh) in waiters {
            let want = Want { fresh, deadline: Time::NEVER, ..Want::default() };
            queue.push(&want, bound, order, Waker::noop().clone());
        }
        queue
    }

    #[test]
    fn what_is_idle_goes_to_the_first_who_takes_it_in_either_order() {
        let waiters = [(None, true), (None, false), (Some(1), false), (None, false), (Some(1), true)];
        for (order, here, elsewhere, bound) in
            [(WaitOrder::Fifo, Some(1), Some(1), Some(2)), (WaitOrder::Lifo, Some(3), Some(3), Some(2))]
        {
            let queue = queue(order, &waiters);
            assert_eq!(queue.next_for_idle(1, true, order), here, "{order:?}");
            assert_eq!(queue.next_for_idle(0, true, order), elsewhere, "{order:?}: who is bound waits for its own");
            assert_eq!(queue.next_for_idle(1, false, order), bound, "{order:?}: where only those go who are bound");
            assert_eq!(queue.next_for_idle(0, false, order), None, "{order:?}");
        }
    }

    #[test]
    fn those_for_whom_an_endpoint_was_picked_wait_for_any_when_it_goes_and_keep_their_order() {
        let waiters =
            [(Some(1), false), (None, false), (Some(1), false), (Some(1), false), (None, false), (Some(1), false)];
        let mut queue = queue(WaitOrder::Fifo, &waiters);
        for picked in [0, 3, 5] {
            queue.set_picked(picked);
        }
        queue.set_counted(3);
        queue.let_go(1);
        assert_eq!((queue.queued(), queue.queued_bound(), queue.queued_at(1)), (6, 1, 1), "one had asked for it");
        assert!(!queue.is_counted(3), "it is counted where it is served");
        let order: Vec<_> = std::iter::from_fn(|| {
            let next = queue.next_for(0, true, WaitOrder::Fifo)?;
            queue.give_up(queue.id_of(next));
            Some(next)
        })
        .collect();
        assert_eq!(order, [0, 1, 3, 4, 5]);
        assert_eq!((queue.queued(), queue.next_for(1, true, WaitOrder::Fifo)), (1, Some(2)));
    }

    #[test]
    fn a_place_that_is_let_again_keeps_nothing_of_who_had_it() {
        let mut queue = queue(WaitOrder::Fifo, &[(None, true)]);
        queue.set_room(0);
        let id = queue.id_of(0);
        assert!(queue.has_room_of(id) && queue.queued_at_limit() == 0);
        queue.give_up(id);
        assert!(!queue.has_room_of(id), "the id is void");
        queue.push(&Want::default(), None, WaitOrder::Fifo, Waker::noop().clone());
        assert_eq!((queue.had_room(0), queue.queued_at_limit()), (false, 1));
        assert_eq!(queue.next_for_idle(0, true, WaitOrder::Fifo), Some(0));
    }
}
