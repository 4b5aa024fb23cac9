//! A breaker that fails callers fast, and the dials that try whether the endpoint is back.

use super::Machine;
use crate::book::Slot;
use crate::{Breaker, Payload, Time};

impl<P: Payload> Machine<P> {
    /// Whether an open breaker fails those who would need a dial.
    pub(super) fn fails_fast(&self) -> bool {
        self.options.dial.breaker == Breaker::FailFast
    }

    /// Whether whoever needs a dial, here or anywhere, is to be told of the last error at once.
    pub(super) fn is_cut_off(&self, bound: Option<u32>) -> bool {
        let broken = |&endpoint: &u32| self.book.endpoints[endpoint as usize].broken;
        self.fails_fast()
            && match bound {
                Some(endpoint) => broken(&endpoint),
                None => !self.book.active.is_empty() && self.book.active.iter().all(broken),
            }
    }

    /// Tries endpoints whose breaker is open and whose pause is over, though nobody waits for them.
    pub(super) fn probe(&mut self, now: Time) {
        if !self.fails_fast() {
            return;
        }
        for place in 0..self.book.active.len() {
            let endpoint = self.book.active[place];
            let due = now >= self.book.endpoints[endpoint as usize].retry_at;
            if due && self.is_to_be_probed(endpoint) && self.may_dial_more(now) {
                let dial = self.begin_dial(endpoint, false, now);
                self.book.slots[dial as usize].probe = true;
            }
        }
    }

    fn is_to_be_probed(&self, endpoint: u32) -> bool {
        let probes = |slot: &Slot| slot.occupied && slot.probe && slot.endpoint == endpoint;
        let broken = self.book.endpoints[endpoint as usize].broken;
        broken && self.has_room(endpoint) && !self.book.slots.iter().any(probes)
    }

    /// When the next probe is due.
    pub(super) fn next_probe(&self) -> Time {
        if !self.fails_fast() {
            return Time::NEVER;
        }
        let due = |&endpoint: &u32| self.book.endpoints[endpoint as usize].retry_at;
        let waits = |&&endpoint: &&u32| self.is_to_be_probed(endpoint) && due(&endpoint) > self.ticked;
        self.book.active.iter().filter(waits).map(due).min().unwrap_or(Time::NEVER)
    }
}
