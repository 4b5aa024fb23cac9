//! The end of a pool.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pool_core::{Connector, Holding};
use tokio::time::{Instant, timeout_at};

use super::Pool;

/// How a drain ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DrainReport {
    /// Whether every connection is closed.
    pub drained: bool,
    /// How long it took.
    pub took: Duration,
    /// Connections that are still open, those being closed included.
    pub open: u32,
    /// Who still holds a lease, and where it was acquired.
    pub holders: Vec<Holding>,
}

impl<C: Connector> Pool<C> {
    /// No more leases: callers that wait are refused, idle connections closed, leased ones as they
    /// come back. Returns when all are closed, or after `within`; the pool is closed then, and the
    /// report names who still holds a lease.
    pub async fn drain(&self, within: Duration) -> DrainReport {
        let shared = &self.shared;
        let started = shared.clock.now();
        shared.closing.store(true, Ordering::Release);
        shared.visit(|machine| machine.drain(shared.clock.now()));
        let deadline = Instant::now().checked_add(within);
        loop {
            let mut emptied = std::pin::pin!(shared.emptied.notified());
            emptied.as_mut().enable();
            // Whoever waits looks for a driver: that of before may be gone with its runtime.
            shared.attend();
            if shared.visit(|machine| machine.is_drained()) {
                break;
            }
            match deadline {
                None => emptied.await,
                Some(deadline) => {
                    if timeout_at(deadline, emptied).await.is_err() {
                        break;
                    }
                }
            }
        }
        let (drained, open, holders) = shared.visit(|machine| {
            let now = shared.clock.now();
            (machine.is_drained(), machine.snapshot(now).open(), machine.holdings(now))
        });
        shared.close();
        DrainReport { drained, took: shared.clock.now().since(started), open, holders }
    }
}

impl fmt::Display for DrainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.drained {
            return write!(f, "drained in {:?}", self.took);
        }
        write!(f, "not drained after {:?}: {} still open", self.took, self.open)?;
        for holder in &self.holders {
            write!(f, "\n  {} to {} held for {:?}", holder.entry, holder.endpoint.name(), holder.held_for)?;
            if let Some(site) = holder.site {
                write!(f, " by {site}")?;
            }
        }
        Ok(())
    }
}
