//! What comes back to the machine without its lock: permits, shares, and words from connections.
//!
//! A permit counts a connection against the limits, from before its dial until its close is done.
//! Whoever holds it may be cancelled, may panic, may be lost with its runtime: dropping the permit
//! leaves a mark and wakes the driver, and the machine draws the marks in at its next visit.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;

use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::{EntryId, Time};

/// Where marks are noticed: one for each machine.
pub(crate) struct Returns {
    pending: AtomicBool,
    driver: Waker,
}

impl Returns {
    pub(crate) fn new(driver: Waker) -> Arc<Returns> {
        Arc::new(Returns { pending: AtomicBool::new(false), driver })
    }

    /// Whether there are marks, without taking note of it.
    #[inline]
    pub(crate) fn are_pending(&self) -> bool {
        self.pending.load(Ordering::Relaxed)
    }

    /// Whether there were marks since the last call.
    pub(crate) fn take(&self) -> bool {
        self.pending.swap(false, Ordering::Acquire)
    }

    fn ring(&self) {
        self.pending.store(true, Ordering::Release);
        self.driver.wake_by_ref();
    }
}

impl fmt::Debug for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returns").finish_non_exhaustive()
    }
}

/// The marks of one connection.
#[derive(Debug)]
pub(crate) struct Marks {
    permit_lost: AtomicBool,
    dead: AtomicBool,
    capacity: AtomicU32,
}

const UNCHANGED: u32 = u32::MAX;

impl Marks {
    pub(crate) fn new() -> Arc<Marks> {
        Arc::new(Marks {
            permit_lost: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            capacity: AtomicU32::new(UNCHANGED),
        })
    }

    pub(crate) fn permit_lost(&self) -> bool {
        self.permit_lost.load(Ordering::Acquire)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    pub(crate) fn take_capacity(&self) -> Option<u32> {
        let capacity = self.capacity.swap(UNCHANGED, Ordering::Acquire);
        (capacity != UNCHANGED).then_some(capacity)
    }
}

/// The right to exist: what counts a connection against the limits.
///
/// Given back to the machine when the close is done; dropping it does the same a little later.
#[must_use = "a permit that is dropped frees its place"]
pub struct Permit {
    id: EntryId,
    marks: Arc<Marks>,
    returns: Arc<Returns>,
    armed: bool,
}

impl Permit {
    pub(crate) fn new(id: EntryId, marks: Arc<Marks>, returns: Arc<Returns>) -> Permit {
        Permit { id, marks, returns, armed: true }
    }

    /// The connection that it stands for.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// By which the connection can say that it is dead or that its capacity changed.
    pub fn handle(&self) -> Handle {
        Handle { marks: Some((Arc::clone(&self.marks), Arc::clone(&self.returns))) }
    }

    /// Gives the id up without leaving a mark: the machine has it under its lock.
    pub(crate) fn spend(mut self) -> EntryId {
        self.armed = false;
        self.id
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.armed {
            self.marks.permit_lost.store(true, Ordering::Release);
            self.returns.ring();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.id).finish()
    }
}

/// One lease's part of a shared connection. Dropping it gives the part back a little later.
#[must_use = "a share that is dropped is given back"]
pub struct Share {
    id: EntryId,
    granted: Time,
    /// Its number among those who hold shares.
    holder: u32,
    lost: Arc<AtomicBool>,
    returns: Arc<Returns>,
    armed: bool,
}

impl Share {
    /// `lost` is set if it is dropped and not given back.
    pub(crate) fn new(id: EntryId, granted: Time, holder: u32, lost: Arc<AtomicBool>, returns: Arc<Returns>) -> Share {
        Share { id, granted, holder, lost, returns, armed: true }
    }

    /// The connection that it is a part of.
    pub fn id(&self) -> EntryId {
        self.id
    }

    pub(crate) fn spend(mut self) -> (EntryId, Time, u32) {
        self.armed = false;
        (self.id, self.granted, self.holder)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.armed {
            self.lost.store(true, Ordering::Release);
            self.returns.ring();
        }
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Share").field(&self.id).finish()
    }
}

/// By which a connection speaks to its pool, from any thread and without waiting.
#[derive(Clone)]
pub struct Handle {
    marks: Option<(Arc<Marks>, Arc<Returns>)>,
}

impl Handle {
    /// A handle that nobody listens to, for a connection outside a pool.
    pub fn detached() -> Handle {
        Handle { marks: None }
    }

    /// Says that the connection is dead: it is closed at once if it is idle, else when it comes
    /// back; a shared one gets no new leases.
    pub fn mark_dead(&self) {
        if let Some((marks, returns)) = &self.marks {
            marks.dead.store(true, Ordering::Release);
            returns.ring();
        }
    }

    /// Says how many leases a shared connection can serve from now on. Means nothing for an
    /// exclusive one. Leases over the new number stay until they end.
    pub fn set_capacity(&self, capacity: u32) {
        if let Some((marks, returns)) = &self.marks {
            marks.capacity.store(capacity.min(UNCHANGED - 1), Ordering::Release);
            returns.ring();
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
