//! The driver's seat.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::runtime::Handle;

/// Whether there is a driver, and on which runtime.
#[derive(Debug)]
pub(crate) struct Seat {
    vacant: AtomicBool,
    runtime: Mutex<Option<Handle>>,
}

impl Seat {
    pub(crate) fn empty() -> Seat {
        Seat { vacant: AtomicBool::new(true), runtime: Mutex::new(None) }
    }

    #[inline]
    pub(crate) fn is_vacant(&self) -> bool {
        // Acquire: a waiter that queued up before the driver left is woken by it; one that queued
        // up after it sees the seat vacant, since the driver leaves before it takes the lock.
        self.vacant.load(Ordering::Acquire)
    }

    /// The runtime of the driver, if there is one.
    pub(crate) fn runtime(&self) -> Option<Handle> {
        self.runtime.lock().clone()
    }

    /// Whether the seat was vacant, and is now taken.
    pub(super) fn take(&self, runtime: &Handle) -> bool {
        let mut place = self.runtime.lock();
        let taken = self.vacant.swap(false, Ordering::AcqRel);
        if taken {
            *place = Some(runtime.clone());
        }
        taken
    }

    pub(super) fn leave(&self) {
        let mut place = self.runtime.lock();
        *place = None;
        self.vacant.store(true, Ordering::Release);
    }
}
