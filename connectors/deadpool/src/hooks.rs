//! The hooks of deadpool, which run as they do there.

use deadpool::managed::{Hook, HookError, Manager, Metrics};

/// What runs besides the manager.
pub(crate) struct Hooks<M: Manager> {
    pub(crate) post_create: Vec<Hook<M>>,
    pub(crate) pre_recycle: Vec<Hook<M>>,
    pub(crate) post_recycle: Vec<Hook<M>>,
}

impl<M: Manager> Hooks<M> {
    pub(crate) const NONE: Hooks<M> =
        Hooks { post_create: Vec::new(), pre_recycle: Vec::new(), post_recycle: Vec::new() };
}

/// Runs one after the other, until one refuses.
pub(crate) async fn run<M: Manager>(
    hooks: &[Hook<M>],
    object: &mut M::Type,
    metrics: &Metrics,
) -> Result<(), HookError<M::Error>> {
    for hook in hooks {
        match hook {
            Hook::Fn(hook) => hook(object, metrics)?,
            Hook::AsyncFn(hook) => hook(object, metrics).await?,
        }
    }
    Ok(())
}
