//! What is pooled: an object, what is known of it, and its manager.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use deadpool::managed::{Manager, Metrics};
use parking_lot::Mutex;

use crate::DeadpoolError;
use crate::hooks::Hooks;
use crate::kept::Kept;

/// An object of a manager, with its [`Metrics`]. Derefs to the object.
///
/// When it goes away, its manager is told: [`Manager::detach`].
pub struct DeadpoolConnection<M: Manager> {
    /// There but while it is recycled, and until it is taken out.
    kept: Option<Kept<M>>,
    /// The lock is for `Sync` only; nobody ever waits for it.
    recycling: Mutex<Option<Recycling<M>>>,
}

/// An object that is being recycled, with all that belongs to it.
type Recycling<M> = Pin<Box<dyn Future<Output = Recycled<M>> + Send>>;

/// How that ended.
pub(crate) type Recycled<M> = Result<Kept<M>, DeadpoolError<<M as Manager>::Error>>;

const WHOLE: &str = "a holder has the object, which is recycled before and after that";

impl<M: Manager> DeadpoolConnection<M> {
    pub(crate) fn new(kept: Kept<M>) -> DeadpoolConnection<M> {
        DeadpoolConnection { kept: Some(kept), recycling: Mutex::new(None) }
    }

    /// When it was created, when it was recycled last, and how often.
    pub fn metrics(&self) -> &Metrics {
        self.kept().metrics()
    }

    /// The manager that made it.
    pub fn manager(&self) -> &M {
        self.kept().manager()
    }

    /// Takes the object from its manager for good, as `Object::take` does; of a lease: `lease.detach().take()`.
    #[must_use]
    pub fn take(mut self) -> M::Type {
        match self.kept.take() {
            Some(kept) => kept.take(),
            None => unreachable!("{WHOLE}"),
        }
    }

    /// The object; none while it is recycled, and if that failed.
    pub(crate) fn object_mut(&mut self) -> Option<&mut M::Type> {
        self.kept.as_mut().map(Kept::object_mut)
    }

    fn kept(&self) -> &Kept<M> {
        match &self.kept {
            Some(kept) => kept,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<M: Manager + 'static> DeadpoolConnection<M> {
    /// Begins to recycle it, and goes as far as that goes without waiting. Whether it is done.
    pub(crate) fn begin_to_recycle(&mut self, hooks: &Arc<Hooks<M>>) -> bool {
        let Some(kept) = self.kept.take() else { return false };
        let mut recycling: Recycling<M> = Box::pin(kept.recycle(Arc::clone(hooks)));
        match recycling.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(kept)) => {
                self.kept = Some(kept);
                true
            }
            // Whoever goes on with it hears of the error.
            Poll::Ready(Err(error)) => {
                *self.recycling.get_mut() = Some(Box::pin(std::future::ready(Err(error))));
                false
            }
            Poll::Pending => {
                *self.recycling.get_mut() = Some(recycling);
                false
            }
        }
    }

    /// Recycles it, or goes on with that.
    pub(crate) async fn recycle(&mut self, hooks: &Arc<Hooks<M>>) -> Result<(), DeadpoolError<M::Error>> {
        if self.recycling.get_mut().is_none() && self.begin_to_recycle(hooks) {
            return Ok(());
        }
        let Some(recycling) = self.recycling.get_mut() else { return Err(DeadpoolError::NotOpen) };
        let recycled = recycling.await;
        *self.recycling.get_mut() = None;
        self.kept = Some(recycled?);
        Ok(())
    }
}

impl<M: Manager> Deref for DeadpoolConnection<M> {
    type Target = M::Type;

    fn deref(&self) -> &M::Type {
        self.kept().object()
    }
}

impl<M: Manager> DerefMut for DeadpoolConnection<M> {
    fn deref_mut(&mut self) -> &mut M::Type {
        match self.object_mut() {
            Some(object) => object,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<M: Manager<Type: fmt::Debug>> fmt::Debug for DeadpoolConnection<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kept {
            Some(kept) => kept.fmt(f),
            None => f.debug_struct("DeadpoolConnection").finish_non_exhaustive(),
        }
    }
}
