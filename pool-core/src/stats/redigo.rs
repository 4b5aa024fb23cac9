//! As `PoolStats` of redigo.
//!
//! - `ActiveCount` are all connections: in use, idle, in their dials and closes.
//! - `WaitCount` and `WaitDuration` are of callers that waited for a connection in use and **were
//!   served**. Who gave up or timed out is in neither. Redigo stops its watch when it is a caller's
//!   turn; if a dial follows then, ours runs until that is done.

use super::{Reader, Stat, connections, count, time};
use crate::State;

pub(super) fn stats(pool: &Reader<'_>) -> Vec<Stat> {
    let waited = pool.served_at_limit();
    vec![
        connections("ActiveCount", pool.open()),
        connections("IdleCount", pool.in_state(State::Idle)),
        count("WaitCount", waited.count),
        time("WaitDuration", waited.time),
    ]
}
