//! Which generation of its configuration each pool is in: how often it was changed while it lived.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::RwLock;
use pool_core::{Event, What};

/// The generations of the pools, as they were told; of namesakes, of the one that was built last.
#[derive(Debug, Default)]
pub(super) struct Configured {
    /// Whether any pool was ever changed: until then a look costs nothing.
    any: AtomicBool,
    generations: RwLock<HashMap<Box<str>, u64>>,
}

impl Configured {
    /// A pool of this name was built.
    pub(super) fn begin(&self, pool: &str) {
        if self.any.load(Relaxed) {
            self.generations.write().remove(pool);
        }
    }

    /// Notes a change of the configuration, if the event is one.
    pub(super) fn note(&self, pool: &str, event: &Event) {
        if let What::Reconfigured { generation } = event.what {
            self.generations.write().insert(pool.into(), generation);
            self.any.store(true, Relaxed);
        }
    }

    /// The pool's generation now.
    pub(super) fn of(&self, pool: &str) -> i64 {
        if !self.any.load(Relaxed) {
            return 0;
        }
        let generation = self.generations.read().get(pool).copied().unwrap_or_default();
        i64::try_from(generation).unwrap_or(i64::MAX)
    }
}
