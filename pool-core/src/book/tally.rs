//! What is counted: plain integers, changed under the lock that is held anyway.

use std::time::Duration;

use crate::{CloseReason, Histogram, Outcome};

/// Counts of what happened, since the pool was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(C)]
pub struct Counters {
    /// Leases granted.
    pub acquired: u64,
    /// Of these, how many had to wait.
    pub waited: u64,
    /// Leases that ended.
    pub released: u64,
    /// Of these, how many were found dead before they were used; the caller was given another.
    pub dead: u64,
    /// Dials begun.
    pub dials: u64,
    /// Dials that failed.
    pub dial_failures: u64,
    /// Dials given up: not begun, since a return had served the caller; or begun for one that has
    /// gone.
    pub dials_elided: u64,
    /// Connections closed.
    pub closed: u64,
    /// Of the leases that ended, how many were never given back: their holder was lost with them.
    pub lost: u64,
    /// How many ended in each way but well, which is what remains: most do, and pay nothing for it.
    pub(crate) ended: [u64; Outcome::ALL.len()],
}

/// How long things took.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
#[repr(C)]
pub struct Timings {
    /// From acquire to grant, of those that waited.
    pub wait: Histogram,
    /// From grant to release.
    pub usage: Histogram,
    /// From the start of a dial to its success.
    pub dial: Histogram,
    /// From the end of a dial until the connection was taken out of service.
    pub life: Histogram,
}

/// What is counted for one endpoint. In this order: every lease writes two cache lines of it, and
/// another core may write them next.
#[derive(Debug, Clone, Default)]
#[repr(C, align(64))]
pub(crate) struct Tally {
    pub(crate) counters: Counters,
    pub(crate) timings: Timings,
    /// Connections closed, by reason: few reasons, so a list.
    pub(crate) closes: Vec<(CloseReason, u64)>,
}

impl Tally {
    pub(crate) fn absorb(&mut self, other: &Tally) {
        self.counters.absorb(&other.counters);
        self.timings.absorb(&other.timings);
        add_closes(&mut self.closes, &other.closes);
    }

    /// A connection is closed.
    pub(crate) fn note_close(&mut self, why: CloseReason, age: Duration) {
        self.counters.closed += 1;
        self.timings.life.record(age);
        add_closes(&mut self.closes, &[(why, 1)]);
    }
}

/// Adds counts by reason.
pub(crate) fn add_closes(sum: &mut Vec<(CloseReason, u64)>, more: &[(CloseReason, u64)]) {
    for &(why, count) in more {
        match sum.iter_mut().find(|(known, _)| *known == why) {
            Some((_, known)) => *known += count,
            None => sum.push((why, count)),
        }
    }
}

impl Counters {
    /// A lease ended.
    #[inline(always)]
    pub(crate) fn note_end(&mut self, outcome: Outcome) {
        self.released += 1;
        if outcome != Outcome::Ok {
            self.ended[outcome as usize] += 1;
        }
    }

    /// A lease ended, and nobody knows how.
    pub(crate) fn note_loss(&mut self) {
        self.released += 1;
        self.lost += 1;
    }

    /// Of the leases that ended, how many went so.
    pub fn ended_as(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::Ok => self.released - self.lost - self.ended.iter().sum::<u64>(),
            outcome => self.ended[outcome as usize],
        }
    }

    /// Adds another's counts.
    pub fn absorb(&mut self, other: &Counters) {
        self.acquired += other.acquired;
        self.waited += other.waited;
        self.released += other.released;
        self.dead += other.dead;
        self.dials += other.dials;
        self.dial_failures += other.dial_failures;
        self.dials_elided += other.dials_elided;
        self.closed += other.closed;
        self.lost += other.lost;
        self.ended.iter_mut().zip(other.ended).for_each(|(mine, theirs)| *mine += theirs);
    }
}

impl Timings {
    /// Adds another's times.
    pub fn absorb(&mut self, other: &Timings) {
        self.wait.absorb(&other.wait);
        self.usage.absorb(&other.usage);
        self.dial.absorb(&other.dial);
        self.life.absorb(&other.life);
    }
}
