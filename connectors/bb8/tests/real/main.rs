//! Managers of bb8 that people use, with the servers that they are for.

mod postgres;
mod redis;

use std::time::Duration;

use pool_core::PoolOptions;

/// Longer than anything here should take, and not for ever.
const AMPLE: Duration = Duration::from_secs(20);

/// As bb8 has it, each connection that lay idle is checked before it is lent.
fn checked() -> PoolOptions {
    let mut options = unchecked();
    options.upkeep.check_after_idle = Duration::ZERO.into();
    options
}

fn unchecked() -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    options.wait.timeout = AMPLE.into();
    options
}
