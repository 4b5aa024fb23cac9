//! Connections beyond `max_open`, which are not pooled.

use super::Machine;
use crate::book::State;
use crate::{CloseReason, Counts, Exhausted, Overflow, Payload};

impl<P: Payload> Machine<P> {
    /// Whether callers are served beyond `max_open`.
    #[inline]
    pub(super) fn overflows(&self) -> bool {
        self.options.wait.exhausted == Exhausted::Overflow
    }

    /// How many are pooled, or will be for certain: a dial for a caller is counted when it is done.
    pub(super) fn pooled(&self) -> u32 {
        let is_pooled = |slot: &&crate::book::Slot| {
            let comes = slot.state != State::Dialing || slot.ahead;
            slot.occupied && !slot.extra && comes && slot.state != State::Closing
        };
        self.book.slots.iter().filter(is_pooled).count() as u32
    }

    /// A dial is done: whether its connection is pooled is known now.
    pub(super) fn note_extra(&mut self, index: u32) {
        if self.overflows() && !self.book.slots[index as usize].ahead {
            self.book.slots[index as usize].extra = self.pooled() >= self.options.limits.max_open;
        }
    }

    /// Whether a dial that is done is one too many, where dials do not count while they last.
    pub(super) fn is_one_too_many(&self, index: u32) -> bool {
        let limits = &self.options.limits;
        if limits.dialing == Counts::Counted || self.overflows() {
            return false;
        }
        let endpoint = &self.book.endpoints[self.book.slots[index as usize].endpoint as usize];
        self.counted() >= limits.max_open || !self.room_at_each().takes(endpoint)
    }

    /// Why a connection that is not pooled is closed as it comes back, if it is.
    #[inline]
    pub(super) fn extra_must_go(&mut self, index: u32) -> Option<CloseReason> {
        if !self.book.slots[index as usize].extra {
            return None;
        }
        if self.options.limits.overflow == Overflow::KeepIfRoom && self.pooled() < self.options.limits.max_open {
            self.book.slots[index as usize].extra = false;
            return None;
        }
        Some(CloseReason::OVERFLOW)
    }
}
