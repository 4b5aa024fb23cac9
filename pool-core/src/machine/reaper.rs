//! The reaper: when idle connections are looked at that may have expired, and what it does then.
//!
//! As a rule it comes exactly when something expires. It can be told to come at fixed ticks, or at
//! most so often. The latter is the cleaner of `database/sql`: it begins when a connection becomes
//! idle, first looks after the shortest time that anything may last, then whenever something is due
//! but not sooner than after the pause, and ends when no connection is open.

use super::expiry::Moment;
use super::{Machine, REAP_SLICE};
use crate::book::{NIL, State};
use crate::{Payload, Time};

/// When the reaper comes, and what it waits for.
#[derive(Debug)]
pub(super) struct Reaper {
    /// When the pool was made: fixed ticks count from here.
    born: Time,
    /// Whether it goes from look to look, at most so often.
    goes: bool,
    /// The shortest time that anything may last, as it was when it began.
    shortest: Time,
    /// Whether it waits for its turn.
    waits: bool,
}

impl Reaper {
    pub(super) fn new(now: Time) -> Reaper {
        Reaper { born: now, goes: false, shortest: Time::NEVER, waits: false }
    }
}

impl<P: Payload> Machine<P> {
    /// Something expires at this moment: the reaper comes then, unless it comes as it likes.
    #[inline]
    pub(super) fn reap_by(&mut self, deadline: Time, now: Time) {
        // A tick that is over does not come again.
        let from = if self.options.upkeep.reap_every.is_zero() { deadline } else { deadline.max(now) };
        self.next_reap = self.next_reap.min(self.at_tick(from));
        self.wake_by(self.next_reap);
    }

    /// The same where it comes at most so often, for a connection that becomes idle.
    #[cold]
    pub(super) fn begin_reaping(&mut self, index: u32, now: Time) {
        if self.reaper.goes {
            return;
        }
        let shortest = self.judge.expiry.shortest(&self.book.slots[index as usize]);
        if shortest.is_never() {
            return;
        }
        (self.reaper.goes, self.reaper.shortest) = (true, shortest.max(self.pause()));
        self.next_reap = now.after_nanos(self.reaper.shortest.as_nanos());
        self.wake_by(self.next_reap);
    }

    /// Whether it comes at most so often, whatever expires.
    #[inline]
    pub(super) fn reaps_with_pauses(&self) -> bool {
        !self.options.upkeep.reap_pause.is_zero()
    }

    fn pause(&self) -> Time {
        Time::ZERO.after(self.options.upkeep.reap_pause.get())
    }

    /// The first tick at which what expires then is seen.
    fn at_tick(&self, deadline: Time) -> Time {
        let every = self.options.upkeep.reap_every;
        if deadline.is_never() || every.is_zero() {
            return deadline;
        }
        let every = u64::try_from(every.as_nanos()).unwrap_or(u64::MAX);
        let ticks = deadline.nanos_since(self.reaper.born).div_ceil(every).max(1);
        self.reaper.born.after_nanos(ticks.saturating_mul(every))
    }

    /// Closes idle connections that expired in the background, a bounded number of them. Says
    /// whether there are more to look at.
    pub(super) fn reap(&mut self, now: Time) -> bool {
        if now < self.next_reap && self.reap_from == NIL || self.waits_for_turn() {
            return false;
        }
        let mut index = self.reap_from;
        if index == NIL {
            index = self.book.idle.oldest;
            self.next_reap = Time::NEVER;
        }
        for _ in 0..REAP_SLICE {
            if index == NIL {
                break;
            }
            // Unlinking moves the cursor on, so that it never stands on one that is gone.
            self.reap_from = self.book.slots[index as usize].links[1].newer;
            self.reap_one(index, now);
            index = self.reap_from;
        }
        self.reap_from = index;
        if index == NIL && self.reaps_with_pauses() {
            self.pause_reaping(now);
        }
        index != NIL
    }

    /// A look is over; `next_reap` is what is due next.
    fn pause_reaping(&mut self, now: Time) {
        self.reaper.goes = self.book.open > 0 && !self.reaper.shortest.is_never();
        let after = |wait: Time| now.after_nanos(wait.as_nanos());
        let due = self.next_reap.min(after(self.reaper.shortest)).max(after(self.pause()));
        self.next_reap = if self.reaper.goes { due } else { Time::NEVER };
    }

    /// Whether a look takes a turn, and there is none: then it comes when a lease is over.
    fn waits_for_turn(&mut self) -> bool {
        self.reaper.waits = self.options.upkeep.reap_in_turn && !self.has_turn(0);
        if self.reaper.waits {
            self.next_reap = Time::NEVER;
        }
        self.reaper.waits
    }

    /// A lease is over: the reaper may have waited for its turn.
    #[inline]
    pub(super) fn pass_turn_to_reaper(&mut self, now: Time) {
        if self.reaper.waits && self.has_turn(0) {
            self.reaper.waits = false;
            self.next_reap = now;
            self.wake_by(now);
        }
    }

    fn reap_one(&mut self, index: u32, now: Time) {
        let next_reap = self.next_reap;
        if let Some(why) = self.expired(index, Moment::Background, now) {
            // Where the policies were changed, it has just noted the deadline of one that goes now.
            self.next_reap = next_reap;
            self.nuances.reaped += 1;
            return self.retire_linked(index, why, now);
        }
        let slot = &self.book.slots[index as usize];
        let mut at = self.judge.expiry.deadline(slot, Moment::Background);
        // One that stays by the floor is looked at again when something became idle.
        if at <= now {
            self.floored = true;
            at = self.judge.expiry.firm(slot, Moment::Background).0;
        }
        self.next_reap = self.next_reap.min(self.at_tick(at));
    }

    /// When the reaper has to look again, now that the number of idle connections has grown: at
    /// once, unless it comes at most so often.
    #[inline(always)]
    pub(super) fn unfloor(&mut self, now: Time) {
        if self.floored && !self.reaps_with_pauses() && self.book.count(State::Idle) > self.options.limits.min_idle {
            self.floored = false;
            self.next_reap = self.at_tick(now);
            self.wake_by(self.next_reap);
        }
    }
}
