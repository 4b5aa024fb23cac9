//! The task that lets origins leave that are not used any more. It lasts as long as there is a client.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use pool_core::State;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::{Book, Origins};
use crate::HttpConnector;
use crate::pool::Inner;

/// Begins to sweep.
pub(super) fn begin(origins: &Arc<Origins>, inner: &Arc<Inner>) {
    let sweeper = Sweeper { origins: Arc::downgrade(origins), inner: Arc::downgrade(inner) };
    if let Ok(runtime) = Handle::try_current() {
        // Nobody stays for more than half as long again as is said.
        let pause = (origins.forget_after / 2).max(Duration::from_millis(10));
        // It ends by itself: with the last client, or with its runtime.
        drop(runtime.spawn(sweep(sweeper, pause)));
    }
}

/// Sweeps a pool that it does not keep open. When it has ended, the next request begins anew.
struct Sweeper {
    origins: Weak<Origins>,
    inner: Weak<Inner>,
}

async fn sweep(sweeper: Sweeper, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let (Some(origins), Some(inner)) = (sweeper.origins.upgrade(), sweeper.inner.upgrade()) else { return };
        origins.sweep(&inner);
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(origins) = self.origins.upgrade() {
            origins.is_swept.store(false, Ordering::Release);
        }
    }
}

impl Origins {
    /// Lets those leave who have had no connection and no request for a while.
    fn sweep(&self, inner: &Inner) {
        // Whoever comes into use meanwhile is seen below.
        let connected = connected(&inner.pool);
        let mut book = self.lock();
        if book.forget(&connected, self.forget_after) {
            // A part of a set that the pool took is one that it takes.
            drop(book.tell(&inner.pool));
        }
    }
}

impl Book {
    fn forget(&mut self, connected: &HashSet<String>, after: Duration) -> bool {
        let (before, now) = (self.places.len(), Instant::now());
        self.places.retain(|name, place| {
            let is_unused = place.requests == 0 && !connected.contains(&**name);
            !is_unused || now.duration_since(place.since) < after
        });
        self.places.len() < before
    }
}

/// The endpoints that have a connection, in whatever state.
fn connected(pool: &pool_tokio::Pool<HttpConnector>) -> HashSet<String> {
    let has_one = |states: &[u32; State::ALL.len()]| states.iter().any(|&count| count > 0);
    let endpoints = pool.snapshot().endpoints.into_iter();
    endpoints.filter(|at| has_one(&at.states)).map(|at| at.endpoint.name().to_owned()).collect()
}
