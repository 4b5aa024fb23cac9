//! Drawing in what came back without the lock.

use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use crate::book::State;
use crate::{CloseReason, ErrorClass, Payload, Time, What};

impl<P: Payload> Machine<P> {
    /// Draws in lost permits, lost shares and words from connections. At every visit; costs one
    /// load when there are none.
    #[inline(always)]
    pub(super) fn draw_in(&mut self, now: Time) {
        if self.returns.are_pending() {
            self.draw_in_marks(now);
        }
    }

    #[cold]
    fn draw_in_marks(&mut self, now: Time) {
        if !self.returns.take() {
            return;
        }
        for index in 0..self.book.slots.len() as u32 {
            if self.book.slots[index as usize].occupied {
                self.draw_in_one(index, now);
            }
        }
        while let Some(index) = self.holders.take_lost() {
            let endpoint = self.book.slots[index as usize].endpoint;
            self.book.endpoints[endpoint as usize].tally.counters.note_loss();
            self.judge.decisions.returned_at_length += 1;
            self.end_share(index, 1, now);
        }
    }

    fn draw_in_one(&mut self, index: u32, now: Time) {
        let Some(marks) = self.book.slots[index as usize].marks.clone() else { return };
        if marks.permit_lost() {
            #[cfg(test)]
            if self.planted.permits {
                return;
            }
            return self.lose(index, now);
        }
        if marks.is_dead() && !self.book.slots[index as usize].dead {
            self.mark_dead(index, now);
        }
        // That of one that is being dialed is drawn in with the dial, after what the connector answers then.
        if self.book.slots[index as usize].state != State::Dialing
            && let Some(capacity) = marks.take_capacity()
        {
            self.set_capacity(index, capacity, now);
        }
    }

    /// Whoever held the permit is gone: a task that was aborted, a lease that was forgotten.
    fn lose(&mut self, index: u32, now: Time) {
        let slot = &self.book.slots[index as usize];
        let (state, endpoint) = (slot.state, slot.endpoint);
        match state {
            // It went without a word that it is done; the place is free all the same.
            State::Closing => self.tell_closed(index, now.since(slot.since), now),
            State::Dialing if slot.abandoned => {
                // Its caller took it along: nothing is wrong with the endpoint.
                self.book.endpoints[endpoint as usize].tally.counters.dials_elided += 1;
                let (entry, endpoint) = (self.book.id_of(index), Arc::clone(self.endpoint_of(index)));
                self.tell(now, |_| What::DialElided { entry, endpoint });
            }
            State::Dialing => {
                // A dial that panicked or lost its runtime failed, and the next must not follow at once.
                let attempt = self.book.endpoints[endpoint as usize].failures;
                let (class, took) = (ErrorClass::Transient, now.since(slot.since));
                let retry_in = self.note_failure(endpoint, attempt, class, slot.probe, now);
                let (entry, endpoint) = (self.book.id_of(index), Arc::clone(self.endpoint_of(index)));
                let error = "its task was lost".into();
                self.tell(now, |_| What::DialFailed { entry, endpoint, took, class, error, retry_in, context: None });
                self.send_owner_back(index);
            }
            state => {
                if state == State::Leased {
                    self.book.endpoints[endpoint as usize].tally.counters.note_loss();
                    self.judge.decisions.returned_at_length += 1;
                }
                self.note_eviction(index, CloseReason::LOST, now);
                self.tell_closed(index, Duration::ZERO, now);
            }
        }
        if state == State::Dialing {
            self.owe_again(index);
        }
        self.book.free_slot(index);
        self.vacated = true;
        self.refuse_hopeless(endpoint, now);
        self.pump(None, now);
        self.check_drained(now);
    }

    fn mark_dead(&mut self, index: u32, now: Time) {
        self.book.slots[index as usize].dead = true;
        self.retire_held(index, CloseReason::DEAD, now);
    }
}
