//! How fast dials for callers may follow each other while connections are in use that may come back.
//!
//! The first dial begins at once, the next after a pause, then two, four and so on. A dial that is
//! done and was needed lets the next ones begin without waiting for the pause. So a burst that
//! returns will serve in a moment costs one connection, and a pool that is too small grows as fast as
//! its dials: the idea of TCP's slow start (RFC 5681).

use super::Machine;
use crate::book::State;
use crate::{Payload, Time};

/// When the next dials may begin, and how many.
#[derive(Debug)]
pub(super) struct Pace {
    next: Time,
    batch: u32,
    begun: u32,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { next: Time::ZERO, batch: 0, begun: 0 }
    }
}

impl<P: Payload> Machine<P> {
    /// Whether a dial for a caller may begin now. `bound`: for one who waits for this endpoint only.
    pub(super) fn may_dial_in_pace(&self, bound: Option<u32>, now: Time) -> bool {
        !self.is_paced(bound) || now >= self.pace.next || self.pace.begun < self.pace.batch && self.pace.begun > 0
    }

    /// Whether something is in use that may come back.
    fn is_paced(&self, bound: Option<u32>) -> bool {
        if self.options.dial.pace.is_zero() {
            return false;
        }
        let count = |state| match bound {
            Some(endpoint) => self.book.endpoints[endpoint as usize].of_use(state),
            None => self.book.of_use(state),
        };
        count(State::Leased) + count(State::Resetting) > 0
    }

    /// A dial for a caller begins.
    pub(super) fn note_paced_dial(&mut self, now: Time) {
        let pause = self.options.dial.pace.get();
        let pace = &mut self.pace;
        if now >= pace.next {
            // A pause that nobody used up: the need was over in between.
            let idle = now >= pace.next.after(pause);
            pace.batch = if idle { 1 } else { pace.batch.saturating_mul(2).max(1) };
            (pace.next, pace.begun) = (now.after(pause), 0);
        }
        pace.begun += 1;
    }

    /// A dial is done and others wait still: the next ones need not wait for the pause.
    pub(super) fn hasten(&mut self, now: Time) {
        self.pace.next = self.pace.next.min(now);
        self.pace.begun = 0;
    }

    /// A dial succeeded: the next one may have to wait a moment.
    pub(super) fn rest_from_dialing(&mut self, now: Time) {
        let rest = self.options.dial.rest.get();
        if !rest.is_zero() {
            self.rests_until = now.after(rest);
            self.wake_by(self.rests_until);
        }
    }

    /// When the rest is over, if somebody waits for it.
    pub(super) fn next_after_rest(&self) -> Time {
        let wanted = self.waiters.queued() > 0 || self.fill_need() > 0 || self.owed > 0;
        if wanted && self.rests_until > self.ticked { self.rests_until } else { Time::NEVER }
    }

    /// When the next dial may begin that somebody waits for.
    pub(super) fn next_in_pace(&self) -> Time {
        let waits = self.waiters.queued() > 0 && self.room().is_some() && self.may_dial_more(self.ticked);
        let wanted = waits && self.options.dial.elide && !self.options.dial.pace.is_zero();
        if wanted && self.pace.next > self.ticked && self.needs_dial() { self.pace.next } else { Time::NEVER }
    }
}
