//! As `PoolStats` of go-redis, in its two kinds.
//!
//! - `Hits` are callers that were given a connection from the pool, `Misses` those for whom one was
//!   dialed, also where the dial failed. In v9 a caller for whom one is dialed may be served by one
//!   that comes back first: it is a miss there and a hit here.
//! - `Timeouts` are callers whose time was over. go-redis counts the time up to their turn, not the
//!   dial that may follow; here `wait.timeout` is for both.
//! - `TotalConns` are connections in use and idle, without dials under way.
//! - `StaleConns` in **v7** are those that the reaper had closed, which looks in the background.
//!   Those found expired by a caller are in no number there.
//! - `StaleConns` in **v9** are **all** that were removed from the pool for whatever reason: broken
//!   ones, those beyond `MaxIdleConns`, those found expired. Only the close of the pool counts none.
//! - `WaitCount` and `WaitDurationNs` (v9) are of callers that waited for their turn and **were
//!   served**.
//! - `Unusable` (v9) are connections that were found to be dead when they were to be handed out.
//! - `PendingRequests` (v9) are callers that wait now.

use super::{Reader, Stat, callers, connections, count, time};
use crate::{CloseReason, RefusalKind, State};

pub(super) fn stats_v7(pool: &Reader<'_>) -> Vec<Stat> {
    let [hits, misses, timeouts] = gets(pool);
    let [total, idle] = conns(pool);
    vec![hits, misses, timeouts, total, idle, count("StaleConns", pool.snapshot.nuances.reaped)]
}

pub(super) fn stats_v9(pool: &Reader<'_>) -> Vec<Stat> {
    let [hits, misses, timeouts] = gets(pool);
    let [total, idle] = conns(pool);
    let waited = pool.served_at_limit();
    vec![
        hits,
        misses,
        timeouts,
        count("WaitCount", waited.count),
        count("Unusable", pool.snapshot.counters().dead),
        time("WaitDurationNs", waited.time),
        total,
        idle,
        count("StaleConns", pool.closed(is_removal)),
        callers("PendingRequests", pool.snapshot.pending.into()),
    ]
}

fn gets(pool: &Reader<'_>) -> [Stat; 3] {
    let fresh = pool.snapshot.nuances.fresh;
    [
        count("Hits", pool.acquired.saturating_sub(fresh)),
        count("Misses", fresh + pool.snapshot.refused(RefusalKind::Dial)),
        count("Timeouts", pool.snapshot.refused(RefusalKind::Timeout)),
    ]
}

fn conns(pool: &Reader<'_>) -> [Stat; 2] {
    [connections("TotalConns", pool.established()), connections("IdleConns", pool.in_state(State::Idle))]
}

fn is_removal(policy: &str, reason: &str) -> bool {
    let of_the_end = [CloseReason::CLOSED, CloseReason::DRAIN].map(|why| why.reason.as_str());
    policy != CloseReason::POOL || !of_the_end.contains(&reason)
}
