//! Sizing advice: how many connections the load needs.
//!
//! The pool counts its callers in short bins of time and keeps its histogram of hold times; that is
//! the [`Load`]. [`Load::weigh`] plays that load again, on paper, through pools of other sizes, and
//! finds the least with which waits stay short enough. A formula would have to know what kind of load
//! it is; the replay takes it as it came, bursts and all. It costs a few milliseconds, outside the
//! pool's lock, when somebody looks.

mod load;
mod meter;
mod replay;

use std::time::Duration;

pub use load::Load;
pub(crate) use meter::{Meter, Totals};

use crate::{HumanDuration, PoolOptions};

/// How many connections the load of the last minute or two needs, and what that rests on.
///
/// Connections are counted as `max_open` counts them: the places that dials take are added. Where
/// connections are shared, it is assumed that each can serve as many leases as the last one made.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Sizing {
    /// Over how long it was measured: up to 103 seconds.
    pub window: Duration,
    /// How many leases ended in that time: what the advice rests on. Below 200 there is none.
    pub samples: u64,
    /// Callers that asked, per second. One counts when it asks, whether it is served, waits or is
    /// refused: so a pool that is too small does not hide what is asked of it.
    pub arrival_rate: f64,
    /// How long a lease was held, on average.
    pub mean_hold: Duration,
    /// The fewest connections that can carry the load at all: the arrival rate times the mean hold
    /// (Little's law), rounded up.
    pub needed_on_average: u32,
    /// The fewest connections with which at most one caller in a hundred waits for longer than the
    /// target: with which the 99th percentile of the wait stays below it. `None` if there is no target, or if more than
    /// 10,000 leases are in use on average.
    pub needed_for_wait: Option<u32>,
    /// That target: `sizing.wait`, or a hundredth of `wait.timeout`; `None` if there is none.
    pub wait_target: Option<Duration>,
}

/// The share of callers that may wait for longer than the target.
pub(crate) const LATE: f64 = 0.01;

/// By default the target is this part of the time-out.
const PART_OF_TIMEOUT: u32 = 100;

/// The wait that the size is looked for.
pub(crate) fn target(options: &PoolOptions) -> Option<Duration> {
    let timeout = options.wait.timeout;
    let by_default = || if timeout.is_never() { timeout } else { HumanDuration::from(timeout.get() / PART_OF_TIMEOUT) };
    let target = options.sizing.wait.unwrap_or_else(by_default);
    (!target.is_never()).then(|| target.get())
}
