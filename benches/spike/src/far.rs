//! What the pools connect to: nothing, after a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::time::sleep;

use crate::spike::DIAL;

/// The far end of the connections of one pool. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Far(Arc<State>);

#[derive(Debug, Default)]
struct State {
    slow: AtomicBool,
    begun: AtomicU64,
    closed: AtomicU64,
}

/// A connection. Clones are handles to the same one.
#[derive(Debug, Clone)]
pub struct Conn {
    _wire: Arc<Wire>,
}

#[derive(Debug)]
struct Wire(Far);

impl Drop for Wire {
    fn drop(&mut self) {
        self.0.0.closed.fetch_add(1, Ordering::Relaxed);
    }
}

impl Far {
    /// Another connection: at once, until [`Far::slow_down`].
    pub async fn connect(&self) -> Conn {
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        if self.0.slow.load(Ordering::Relaxed) {
            sleep(DIAL).await;
        }
        Conn { _wire: Arc::new(Wire(self.clone())) }
    }

    /// Dials take their time from now on.
    pub fn slow_down(&self) {
        self.0.slow.store(true, Ordering::Relaxed);
    }

    /// Dials begun.
    pub fn begun(&self) -> u64 {
        self.0.begun.load(Ordering::Relaxed)
    }

    /// Connections closed.
    pub fn closed(&self) -> u64 {
        self.0.closed.load(Ordering::Relaxed)
    }
}
