//! What is counted only because other pools' statistics tell it apart.

use std::time::Duration;

/// What is counted only because other pools' statistics tell it apart. None of it is a metric of
/// its own.
///
/// *At a limit* waits who, when it came, found nothing idle and no room for a connection of its own.
/// Who found room waits for a dial.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nuances {
    /// Callers that waited though there had been room for a connection of their own, and were served.
    pub served_with_room: Waited,
    /// Callers that waited at a limit and went away.
    pub cancelled_at_limit: Waited,
    /// Callers that waited at a limit and were refused: timed out, mostly.
    pub refused_at_limit: Waited,
    /// Callers that wait at a limit now.
    pub waiting_at_limit: u32,
    /// Leases that were given a connection straight from its dial, which had served nobody.
    pub fresh: u64,
    /// Idle connections that an evict policy had closed in the background.
    pub reaped: u64,
    /// Idle connections that were closed since a limit was lowered.
    pub shrunk: u64,
}

/// Callers that waited: how many, and how long all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waited {
    /// How many.
    pub count: u64,
    /// How long all together.
    pub time: Duration,
}

impl Waited {
    /// One more.
    pub(crate) fn add(&mut self, time: Duration) {
        self.count += 1;
        self.time = self.time.saturating_add(time);
    }
}
