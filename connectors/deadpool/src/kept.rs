//! An object and what is known of it, for as long as its manager knows it.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use deadpool::managed::{Manager, Metrics};

use crate::DeadpoolError;
use crate::connection::Recycled;
use crate::hooks::{self, Hooks};

/// An object and what is known of it. Its manager is told when it goes away.
pub(crate) struct Kept<M: Manager> {
    /// There until it is taken out.
    object: Option<M::Type>,
    metrics: Metrics,
    manager: Arc<M>,
}

const THERE: &str = "an object is there until it is taken";

impl<M: Manager> Kept<M> {
    /// Makes one.
    pub(crate) async fn create(manager: Arc<M>, hooks: &Hooks<M>) -> Recycled<M> {
        let object = manager.create().await.map_err(DeadpoolError::Create)?;
        let mut kept = Kept { object: Some(object), metrics: Metrics::default(), manager };
        let (_, object, metrics) = kept.parts();
        hooks::run(&hooks.post_create, object, metrics).await.map_err(DeadpoolError::Hook)?;
        Ok(kept)
    }

    /// Recycles it, as deadpool does.
    pub(crate) async fn recycle(mut self, hooks: Arc<Hooks<M>>) -> Recycled<M> {
        let (manager, object, metrics) = self.parts();
        hooks::run(&hooks.pre_recycle, object, metrics).await.map_err(DeadpoolError::Hook)?;
        manager.recycle(object, metrics).await.map_err(DeadpoolError::Recycle)?;
        hooks::run(&hooks.post_recycle, object, metrics).await.map_err(DeadpoolError::Hook)?;
        self.recycled();
        Ok(self)
    }

    #[expect(clippy::disallowed_methods, reason = "the metrics are deadpool's, which uses this clock")]
    fn recycled(&mut self) {
        self.metrics.recycle_count += 1;
        self.metrics.recycled = Some(Instant::now());
    }

    fn parts(&mut self) -> (&M, &mut M::Type, &Metrics) {
        match &mut self.object {
            Some(object) => (&self.manager, object, &self.metrics),
            None => unreachable!("{THERE}"),
        }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn manager(&self) -> &M {
        &self.manager
    }

    pub(crate) fn object(&self) -> &M::Type {
        match &self.object {
            Some(object) => object,
            None => unreachable!("{THERE}"),
        }
    }

    pub(crate) fn object_mut(&mut self) -> &mut M::Type {
        self.parts().1
    }

    /// The object by itself; its manager is told.
    pub(crate) fn take(mut self) -> M::Type {
        let Some(mut object) = self.object.take() else { unreachable!("{THERE}") };
        self.manager.detach(&mut object);
        object
    }
}

impl<M: Manager> Drop for Kept<M> {
    fn drop(&mut self) {
        if let Some(mut object) = self.object.take() {
            self.manager.detach(&mut object);
        }
    }
}

impl<M: Manager<Type: fmt::Debug>> fmt::Debug for Kept<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadpoolConnection")
            .field("object", &self.object)
            .field("metrics", &self.metrics)
            .finish_non_exhaustive()
    }
}
