//! Those who wait for a dial of their own, or have begun one.

use std::task::Waker;
use std::time::Duration;

use super::places::{NIL, OWN};
use super::{Queue, STEP, Waiters};
use crate::{Payload, WaitOrder, WaiterId, Want};

/// It wants the endpoint of its dial and no other.
const BOUND: u32 = 1 << 31;

impl<P: Payload> Waiters<P> {
    /// How many wait for a dial of their own.
    #[inline]
    pub(in crate::machine) fn owning(&self) -> u32 {
        self.own.len
    }

    /// How many wait, for whatever.
    pub(in crate::machine) fn waiting(&self) -> u32 {
        self.queued + self.own.len
    }

    /// Someone begins to wait for this connection, whose dial is its own.
    pub(in crate::machine) fn push_owning(&mut self, want: &Want, dial: u32, bound: bool, waker: Waker) -> WaiterId {
        let id = self.push(want, Some(OWN), WaitOrder::Fifo, waker);
        self.at_mut(id.index).dial = if bound { dial | BOUND } else { dial };
        id
    }

    /// One who waited in the queue waits for a dial of its own from now on.
    pub(in crate::machine) fn own(&mut self, index: u32, dial: u32) {
        self.unlink(index);
        let waiter = self.at_mut(index);
        waiter.dial = if waiter.bound == NIL { dial } else { dial | BOUND };
        (waiter.bound, waiter.queued) = (OWN, true);
        self.enqueue(index, false);
    }

    /// The clock of one who may wait so long for its turn stops: a dial is begun for it. One that gave
    /// a deadline of its own keeps that.
    pub(in crate::machine) fn stop_clock(&mut self, index: u32, timeout: Duration) {
        let turn_by = self.at(index).asked.after(timeout);
        if self.deadlines.of(index, &self.places) == Some(turn_by) {
            self.deadlines.remove(index, &mut self.places);
        }
    }

    /// One whose dial came to nothing goes to the head of the queue.
    pub(in crate::machine) fn rejoin(&mut self, index: u32, endpoint: u32) {
        self.unlink(index);
        self.turn_again -= STEP;
        let turn = self.turn_again | (self.at(index).turn & 1);
        let waiter = self.at_mut(index);
        waiter.bound = if waiter.dial & BOUND == 0 { NIL } else { endpoint };
        (waiter.dial, waiter.turn, waiter.queued) = (NIL, turn, true);
        self.enqueue(index, true);
    }

    /// The connection whose dial is this one's own.
    pub(in crate::machine) fn own_dial(&self, index: u32) -> Option<u32> {
        let waiter = self.at(index);
        (waiter.queued && waiter.bound == OWN).then_some(waiter.dial & !BOUND)
    }

    /// Its place, if it waits still.
    pub(in crate::machine) fn place_of(&self, id: WaiterId) -> Option<u32> {
        let waiter = self.places.0.get(id.index() / super::CHUNK)?.get(id.index() % super::CHUNK)?;
        (waiter.generation == id.generation && waiter.queued).then_some(id.index)
    }

    /// The endpoint that each of those who take what comes first wants, if not any, and what it asked
    /// for.
    #[cfg(test)]
    pub(in crate::machine) fn queue_for_all(&self) -> impl Iterator<Item = (Option<u32>, Want)> {
        let waiters =
            self.places.0.iter().flatten().zip(0..).filter(|(waiter, _)| waiter.queued && waiter.bound != OWN);
        waiters.map(|(waiter, index)| ((waiter.bound != NIL).then_some(waiter.bound), self.want(index)))
    }

    /// Notes the dial that one in the queue has begun, though it takes what comes first.
    pub(in crate::machine) fn note_dial(&mut self, index: u32, dial: Option<u32>) {
        let before = std::mem::replace(&mut self.at_mut(index).dial, dial.unwrap_or(NIL));
        self.asking = self.asking + u32::from(dial.is_some()) - u32::from(before != NIL);
    }

    /// How many of those who take what comes first have begun a dial.
    pub(in crate::machine) fn asking(&self) -> u32 {
        self.asking
    }

    /// Whether it has begun a dial.
    pub(in crate::machine) fn has_dial(&self, index: u32) -> bool {
        self.at(index).dial != NIL
    }

    /// The first in the queue of those who take any endpoint, or wait for this one, that has begun
    /// no dial.
    pub(in crate::machine) fn first_without_dial(&self, bound: Option<u32>) -> Option<u32> {
        let queue = match bound {
            None => self.any,
            Some(endpoint) => self.bound.get(endpoint as usize).copied().unwrap_or(Queue::EMPTY),
        };
        let mut index = queue.head;
        while index != NIL && self.at(index).dial != NIL {
            index = self.at(index).next;
        }
        (index != NIL).then_some(index)
    }

    /// The first who waits for a dial of its own.
    pub(in crate::machine) fn first_owning(&self) -> Option<u32> {
        (self.own.head != NIL).then_some(self.own.head)
    }
}
