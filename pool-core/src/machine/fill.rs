//! Dialing ahead of callers: `min_idle` and `warm`, and when that is looked at.

use super::Machine;
use crate::book::State;
use crate::{DialErrors, FillMoments, Payload, Time, Turns};

/// Whether there is something to be filled up.
#[derive(Debug, Default)]
pub(super) struct Fill {
    /// Whether a moment has come at which `min_idle` is filled up.
    due: bool,
    /// When the next tick is.
    next: Time,
}

impl<P: Payload> Machine<P> {
    /// Dials ahead, for `min_idle` and `warm`.
    pub(super) fn fill(&mut self, now: Time) {
        if !self.is_fill_due(now) {
            return;
        }
        while self.fill_need() > 0 && self.may_dial_more(now) && self.has_room_to_fill() {
            let Some(endpoint) = self.pick_to_dial(None, now) else { break };
            let dial = self.begin_dial(endpoint, true, now);
            self.forgive_for(dial);
        }
        self.fill.due = self.fill_need() > 0;
        if self.book.open - self.book.count(State::Closing) >= self.warm_target {
            // Warm once, not kept warm: that is what `min_idle` is for.
            self.warm_target = 0;
        }
    }

    /// A moment has come at which `min_idle` may be filled up.
    #[inline]
    pub(super) fn note_fill(&mut self, moment: FillMoments) {
        self.fill.due |= self.options.dial.fill_on.contains(moment);
    }

    /// A dial ahead failed: where the pool tries again, that is so for this one too.
    pub(super) fn note_failed_fill(&mut self, index: u32) {
        self.fill.due |= self.book.slots[index as usize].ahead && self.options.dial.errors == DialErrors::Retry;
    }

    fn is_fill_due(&mut self, now: Time) -> bool {
        if now >= self.fill.next {
            self.fill.due = true;
            self.plan_fill(now);
        }
        self.fill.due || self.options.dial.fill_on == FillMoments::ALL || self.warm_target > 0
    }

    /// Connections that are not pooled do not count.
    pub(super) fn has_room_to_fill(&self) -> bool {
        if self.options.limits.turns == Turns::Dials && !self.has_turn(0) {
            return false;
        }
        if self.overflows() { self.pooled() < self.options.limits.max_open } else { self.room().is_some() }
    }

    /// The next tick: now, and when the options were changed.
    pub(super) fn plan_fill(&mut self, now: Time) {
        let dial = &self.options.dial;
        let ticks = dial.fill_on.contains(FillMoments::TICK) && dial.fill_on != FillMoments::ALL;
        self.fill.next = if ticks { now.after(dial.fill_every.get()) } else { Time::NEVER };
    }

    /// When `min_idle` is looked at next by itself.
    pub(super) fn next_fill(&self) -> Time {
        if self.options.limits.min_idle > 0 { self.fill.next } else { Time::NEVER }
    }

    /// An idle connection was lent: `min_idle` may want another.
    #[inline]
    pub(super) fn refill(&mut self, now: Time) {
        if self.book.count(State::Idle) < self.options.limits.min_idle && self.is_open() {
            self.note_fill(FillMoments::ACQUIRE);
            self.fill(now);
        }
    }
}
