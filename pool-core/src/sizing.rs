//! Sizing advice: how many connections the load needs.

use std::time::Duration;

/// How many connections the load of the last minutes needs, and what that rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Sizing {
    /// Over how long it was measured: up to two minutes.
    pub window: Duration,
    /// How many leases ended in that time: what the advice rests on.
    pub samples: u64,
    /// Callers that asked, per second. One that waits counts when it asks, not when it is served.
    pub arrival_rate: f64,
    /// How long a lease was held, on average.
    pub mean_hold: Duration,
    /// The fewest connections that can carry the load at all: the arrival rate times the mean hold
    /// (Little's law), rounded up.
    pub needed_on_average: u32,
    /// The fewest connections with which the 99th percentile of the wait stays below the target;
    /// `None` if there is no target.
    pub needed_for_wait: Option<u32>,
    /// That target; `None` if there is none.
    pub wait_target: Option<Duration>,
}
