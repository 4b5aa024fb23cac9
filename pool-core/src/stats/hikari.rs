//! As `HikariPoolMXBean` of HikariCP, by the names of its attributes.
//!
//! - `TotalConnections` are those that are made: in use and idle. A dial under way is not among them,
//!   and one that is being closed is not any more.
//! - `ActiveConnections` are those in use, being checked before or reset after.
//! - `ThreadsAwaitingConnection` are callers that wait now.
//!
//! There are no sums over time: HikariCP leaves those to its metrics trackers.

use super::{Reader, Stat, callers, connections};
use crate::State;

pub(super) fn stats(pool: &Reader<'_>) -> Vec<Stat> {
    let (idle, total) = (pool.in_state(State::Idle), pool.established());
    vec![
        connections("IdleConnections", idle),
        connections("ActiveConnections", total - idle),
        connections("TotalConnections", total),
        callers("ThreadsAwaitingConnection", pool.snapshot.pending.into()),
    ]
}
