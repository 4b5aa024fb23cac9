//! A connection for one try of an operation.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use pool_core::{Connector, Outcome};

use crate::lease::Lease;

/// A connection for one try of an operation. Used as the connection itself; also as its [`Lease`],
/// which tells whether it [is reused](Lease::is_reused), where it leads and how old it is, and is told
/// of an [outcome](Lease::outcome).
///
/// It goes back when it is dropped, and with word of how the operation went if that is before the
/// operation's end. Whoever keeps it for longer, in a task for example, says how it went himself.
pub struct Attempt<C: Connector> {
    lease: Option<Lease<C>>,
    home: Arc<Slot<C>>,
}

type Slot<C> = Mutex<Option<Lease<C>>>;

/// Where an attempt leaves its lease. Dropped with a lease in it, the operation was given up half-way:
/// so it has to outlive the operation, whose end leaves the lease here.
pub(super) struct Home<C: Connector>(Arc<Slot<C>>);

impl<C: Connector> Home<C> {
    pub(super) fn new() -> Home<C> {
        Home(Arc::new(Mutex::new(None)))
    }

    pub(super) fn lend(&self, lease: Lease<C>) -> Attempt<C> {
        Attempt { lease: Some(lease), home: Arc::clone(&self.0) }
    }

    /// The lease that came back, if it did.
    pub(super) fn take(&self) -> Option<Lease<C>> {
        self.0.lock().take()
    }
}

impl<C: Connector> Drop for Home<C> {
    fn drop(&mut self) {
        // If the thread panics, the lease knows what to do.
        if let Some(mut lease) = self.take()
            && !thread::panicking()
        {
            lease.presume(Outcome::Discarded);
        }
    }
}

const WHOLE: &str = "an attempt has its lease until it is dropped";

impl<C: Connector> Deref for Attempt<C> {
    type Target = Lease<C>;

    fn deref(&self) -> &Lease<C> {
        self.lease.as_ref().unwrap_or_else(|| unreachable!("{WHOLE}"))
    }
}

impl<C: Connector> DerefMut for Attempt<C> {
    fn deref_mut(&mut self) -> &mut Lease<C> {
        self.lease.as_mut().unwrap_or_else(|| unreachable!("{WHOLE}"))
    }
}

impl<C: Connector> Drop for Attempt<C> {
    fn drop(&mut self) {
        // What was there is dropped with the lock open: there is never anything.
        let before = std::mem::replace(&mut *self.home.lock(), self.lease.take());
        drop(before);
    }
}

impl<C: Connector> fmt::Debug for Attempt<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Attempt").field(&**self).finish()
    }
}
