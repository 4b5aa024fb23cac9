//! As `Stat` of puddle, which is also what pgxpool tells.
//!
//! - `AcquireCount` and `AcquireDuration` are of acquires that **succeeded**. Here those that need
//!   not wait take no time.
//! - `EmptyAcquireCount` and `EmptyAcquireWaitTime` are of those among them that found nothing idle:
//!   they waited for a release **or a dial**, also where there was room for one.
//! - `CanceledAcquireCount` are those whose caller gave up or ran out of time.
//! - `AcquiredResources` are those in use; what is being checked, reset or closed counts as such,
//!   since puddle leaves that to whoever has acquired them. `TotalResources` are all, dials included.

use super::{Reader, Stat, connections, count, limit, time};
use crate::{RefusalKind, State};

pub(super) fn stats(pool: &Reader<'_>) -> Vec<Stat> {
    let (idle, constructing) = (pool.in_state(State::Idle), pool.in_state(State::Dialing));
    vec![
        count("AcquireCount", pool.acquired),
        time("AcquireDuration", pool.waited.time),
        connections("AcquiredResources", pool.open() - idle - constructing),
        count("CanceledAcquireCount", pool.snapshot.cancelled + pool.snapshot.refused(RefusalKind::Timeout)),
        connections("ConstructingResources", constructing),
        count("EmptyAcquireCount", pool.waited.count),
        time("EmptyAcquireWaitTime", pool.waited.time),
        connections("IdleResources", idle),
        limit("MaxResources", pool.snapshot.max_open),
        connections("TotalResources", pool.open()),
    ]
}
