//! Managers of deadpool that people use, with the servers that they are for.

mod postgres;
mod redis;

use std::time::Duration;

use pool_core::PoolOptions;

/// Longer than anything here should take, and not for ever.
const AMPLE: Duration = Duration::from_secs(20);

fn options(max_open: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options.wait.timeout = AMPLE.into();
    options
}
