//! As `DBStats` of Go's database/sql.
//!
//! - `OpenConnections` are those in use and those idle; dials and closes under way are among them,
//!   and so among `InUse`, which is what is not idle.
//! - `WaitCount` and `WaitDuration` are of callers at `MaxOpenConnections`: one counts when it begins
//!   to wait, and its time when that ends, however it ends. Who dials does not wait.
//! - `MaxIdleClosed` are connections that came back to a full idle list, and idle ones that a lowered
//!   limit cost their place. One that comes back above a lowered limit is in none of the three.
//! - `MaxIdleTimeClosed` and `MaxLifetimeClosed` are what the policies `idle-timeout` and `ttl` had
//!   closed, at whatever moment.
//! - Zero `MaxOpenConnections` are no limit.

use super::{Reader, Stat, Waited, connections, count, limit, time};
use crate::{CloseReason, State};

pub(super) fn stats(pool: &Reader<'_>) -> Vec<Stat> {
    let nuances = &pool.snapshot.nuances;
    let waits: [Waited; 3] = [pool.served_at_limit(), nuances.cancelled_at_limit, nuances.refused_at_limit];
    let ended: u64 = waits.iter().map(|waited| waited.count).sum();
    let idle = pool.in_state(State::Idle);
    vec![
        limit("MaxOpenConnections", pool.snapshot.max_open),
        connections("OpenConnections", pool.open()),
        connections("InUse", pool.open() - idle),
        connections("Idle", idle),
        count("WaitCount", ended + u64::from(nuances.waiting_at_limit)),
        time("WaitDuration", waits.iter().map(|waited| waited.time).sum()),
        count("MaxIdleClosed", pool.closed(is_overflow) + nuances.shrunk),
        count("MaxIdleTimeClosed", pool.closed(|_, reason| reason == "idle-timeout")),
        count("MaxLifetimeClosed", pool.closed(|_, reason| reason == "max-age")),
    ]
}

/// The pool's own word where an incoming or the oldest connection goes, or the policy's.
fn is_overflow(policy: &str, reason: &str) -> bool {
    policy == "lru" || (policy == CloseReason::POOL && reason == CloseReason::MAX_IDLE.reason.as_str())
}
