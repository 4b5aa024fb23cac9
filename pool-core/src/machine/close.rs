//! Connections leave: out of service at once, out of the books when their close is done.

use std::time::Duration;

use super::Machine;
use crate::book::State;
use crate::work::Work;
use crate::{CloseReason, Entry, FillMoments, Lifecycle, Payload, Permit, Time, What};

impl<P: Payload> Machine<P> {
    /// Takes a connection out of the lists. The reaper may stand on it: it moves on.
    #[inline(always)]
    pub(super) fn unlink(&mut self, index: u32) {
        if self.reap_from == index {
            self.reap_from = self.book.slots[index as usize].links[1].newer;
        }
        self.book.unlink(index);
    }

    /// Closes a connection that is in the lists; a shared one with leases gets no new ones and is
    /// closed when the last of them ends.
    #[cold]
    pub(super) fn retire_linked(&mut self, index: u32, why: CloseReason, now: Time) {
        self.unlink(index);
        self.retire(index, why, now);
    }

    /// The same for any connection, if the machine has it; others are seen to when they come back.
    pub(super) fn retire_held(&mut self, index: u32, why: CloseReason, now: Time) {
        if self.payloads.get(index as usize).is_none_or(Option::is_none) {
            return;
        }
        if self.book.slots[index as usize].linked {
            self.unlink(index);
        }
        self.retire(index, why, now);
    }

    /// The same for one that the machine has and that is in no list.
    pub(super) fn retire(&mut self, index: u32, why: CloseReason, now: Time) {
        if self.book.set_draining(index, why) {
            self.note_freed(now);
        }
        if self.book.slots[index as usize].shares.is_some_and(|shares| shares.used > 0) {
            return;
        }
        let entry = self.payloads[index as usize].take().expect("the machine has it");
        self.doom(index, entry, why, now);
    }

    /// Hands a connection over to be closed. It counts as open until that is done.
    #[cold]
    pub(super) fn doom(&mut self, index: u32, entry: Box<Entry<P>>, why: CloseReason, now: Time) {
        self.note_eviction(index, why, now);
        self.book.set_state(index, State::Closing, now);
        self.queue(Work::Close(entry, why));
        // It may have been the last that those who wait could hope for.
        self.refuse_hopeless(self.book.slots[index as usize].endpoint, now);
        self.note_freed(now);
    }

    /// Counts and tells that a connection is out of service.
    pub(super) fn note_eviction(&mut self, index: u32, why: CloseReason, now: Time) {
        let slot = &self.book.slots[index as usize];
        let (uses, age) = (slot.uses, now.since(slot.created));
        let idle_for = (slot.state == State::Idle).then(|| now.since(slot.since));
        let (endpoint, last_lease) = (slot.endpoint, slot.context);
        self.book.endpoints[endpoint as usize].tally.note_close(why, age);
        self.tell(now, |machine| What::Evicted {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            why,
            age,
            idle_for,
            uses,
            last_lease,
        });
    }

    /// A close is done: the place is free.
    pub fn closed(&mut self, permit: Permit, now: Time) {
        self.draw_in(now);
        let index = permit.spend().index;
        let took = now.since(self.book.slots[index as usize].since);
        self.tell_closed(index, took, now);
        self.free(index, now);
    }

    pub(super) fn tell_closed(&mut self, index: u32, took: Duration, now: Time) {
        self.tell(now, |machine| What::Closed {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            took,
        });
    }

    /// A place is free: someone may wait for it.
    pub(super) fn free(&mut self, index: u32, now: Time) {
        self.book.free_slot(index);
        self.vacated = true;
        self.note_fill(FillMoments::CLOSE);
        self.pump(None, now);
        self.check_drained(now);
    }

    pub(super) fn check_drained(&mut self, now: Time) {
        if self.lifecycle != Lifecycle::Open && self.book.open == 0 {
            self.effects.drained = true;
            self.stirred = true;
            self.tell(now, |_| What::Drained);
        }
    }
}
