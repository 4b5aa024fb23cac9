//! What is pooled: an object, what is known of it, and its manager.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use deadpool::managed::{Manager, Metrics};

/// An object of a manager, with its [`Metrics`]. Derefs to the object.
///
/// When it goes away, its manager is told: [`Manager::detach`].
pub struct DeadpoolConnection<M: Manager> {
    /// There until it is taken out.
    object: Option<M::Type>,
    metrics: Metrics,
    manager: Arc<M>,
}

impl<M: Manager> DeadpoolConnection<M> {
    pub(crate) fn new(object: M::Type, manager: Arc<M>) -> DeadpoolConnection<M> {
        DeadpoolConnection { object: Some(object), metrics: Metrics::default(), manager }
    }

    /// When it was created, when it was recycled last, and how often.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The manager that made it.
    pub fn manager(&self) -> &M {
        &self.manager
    }

    /// Takes the object from its manager for good, as `Object::take` does; of a lease: `lease.detach().take()`.
    #[must_use]
    pub fn take(mut self) -> M::Type {
        let Some(mut object) = self.object.take() else { unreachable!("{WHOLE}") };
        self.manager.detach(&mut object);
        object
    }

    pub(crate) fn parts(&mut self) -> (&M, &mut M::Type, &Metrics) {
        let Some(object) = &mut self.object else { unreachable!("{WHOLE}") };
        (&self.manager, object, &self.metrics)
    }

    /// It was recycled just now.
    #[expect(clippy::disallowed_methods, reason = "the metrics are deadpool's, which uses this clock")]
    pub(crate) fn recycled(&mut self) {
        self.metrics.recycle_count += 1;
        self.metrics.recycled = Some(Instant::now());
    }
}

const WHOLE: &str = "a connection has its object until that is taken";

impl<M: Manager> Drop for DeadpoolConnection<M> {
    fn drop(&mut self) {
        if let Some(mut object) = self.object.take() {
            self.manager.detach(&mut object);
        }
    }
}

impl<M: Manager> Deref for DeadpoolConnection<M> {
    type Target = M::Type;

    fn deref(&self) -> &M::Type {
        match &self.object {
            Some(object) => object,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<M: Manager> DerefMut for DeadpoolConnection<M> {
    fn deref_mut(&mut self) -> &mut M::Type {
        match &mut self.object {
            Some(object) => object,
            None => unreachable!("{WHOLE}"),
        }
    }
}

impl<M: Manager<Type: fmt::Debug>> fmt::Debug for DeadpoolConnection<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadpoolConnection")
            .field("object", &self.object)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}
