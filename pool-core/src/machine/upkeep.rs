//! Checks, resets, and the caller's own look through the idle connections.

use std::sync::Arc;

use super::Machine;
use crate::book::State;
use crate::{CloseReason, Entry, Payload, Time, What};

impl<P: Payload> Machine<P> {
    /// A check ended, well if without an error. One that failed throws suspicion on all that were idle beside it: they are
    /// closed unseen, so that nobody waits for one check after the other; unless the options say that
    /// each is to be checked by itself.
    pub fn checked(&mut self, entry: Box<Entry<P>>, error: Option<Arc<str>>, now: Time) {
        self.draw_in(now);
        let ok = error.is_none();
        let index = entry.id().index;
        let (began, endpoint) = {
            let slot = &self.book.slots[index as usize];
            (slot.since, slot.endpoint)
        };
        self.tell(now, |machine| What::Checked {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            error,
            took: now.since(began),
        });
        if ok {
            return self.put_back(index, entry, now);
        }
        self.doom(index, entry, CloseReason::CHECK_FAILED, now);
        if self.options.upkeep.suspect {
            self.suspect(endpoint, began, now);
        }
        self.refuse_hopeless(endpoint, now);
        self.pump(None, now);
    }

    /// Closes what was idle at this endpoint when the check began.
    fn suspect(&mut self, endpoint: u32, began: Time, now: Time) {
        let mut index = self.book.endpoints[endpoint as usize].idle.oldest;
        while index != crate::book::NIL {
            let slot = &self.book.slots[index as usize];
            let next = slot.links[0].newer;
            if slot.since <= began {
                self.retire_linked(index, CloseReason::SUSPECT, now);
            }
            index = next;
        }
    }

    /// A reset ended, well if without an error.
    pub fn reset_done(&mut self, entry: Box<Entry<P>>, error: Option<Arc<str>>, now: Time) {
        self.draw_in(now);
        let ok = error.is_none();
        let index = entry.id().index;
        let took = now.since(self.book.slots[index as usize].since);
        self.tell(now, |machine| What::Reset {
            entry: machine.book.id_of(index),
            endpoint: machine.endpoint_of(index).clone(),
            error,
            took,
        });
        if ok {
            return self.put_back(index, entry, now);
        }
        let endpoint = self.book.slots[index as usize].endpoint;
        self.doom(index, entry, CloseReason::RESET_FAILED, now);
        self.refuse_hopeless(endpoint, now);
        self.pump(None, now);
    }

    /// One that a task had is fit again.
    fn put_back(&mut self, index: u32, entry: Box<Entry<P>>, now: Time) {
        match self.unfit(index) {
            Some(why) => self.doom(index, entry, why, now),
            None => drop(self.deliver(index, entry, now)),
        }
        self.pump(None, now);
    }

    /// Takes out the connection that is idle longest, for `retained`: for `retain`, which runs the
    /// caller's code on each outside the lock. `pass` is when it began; what it has seen, it is not
    /// given again. `None`: no more.
    pub fn take_idle(&mut self, pass: Time, now: Time) -> Option<Box<Entry<P>>> {
        self.draw_in(now);
        let mut index = self.book.idle.oldest;
        while index != crate::book::NIL {
            let slot = &self.book.slots[index as usize];
            if slot.retain.0 == pass {
                return None;
            }
            if slot.state == State::Idle {
                break;
            }
            index = slot.links[1].newer;
        }
        if index == crate::book::NIL {
            return None;
        }
        self.unlink(index);
        let slot = &mut self.book.slots[index as usize];
        slot.retain = (pass, slot.since);
        self.book.set_state(index, State::Checking, now);
        self.payloads[index as usize].take()
    }

    /// One that was taken out comes back, as idle as it was, or is closed.
    pub fn retained(&mut self, entry: Box<Entry<P>>, keep: bool, now: Time) {
        self.draw_in(now);
        let index = entry.id().index;
        if !keep {
            self.doom(index, entry, CloseReason::RETAIN, now);
            return self.pump(None, now);
        }
        let idle_since = self.book.slots[index as usize].retain.1;
        self.put_back(index, entry, now);
        let slot = &mut self.book.slots[index as usize];
        if slot.state == State::Idle {
            slot.since = idle_since;
            self.set_idle_deadlines(index, now);
        }
    }
}
