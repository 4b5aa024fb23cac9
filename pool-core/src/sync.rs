//! The atomics of the few things that are touched without the pool's lock, so that loom can
//! model-check them as they are.

#[cfg(loom)]
pub(crate) use loom::sync::atomic;
#[cfg(not(loom))]
pub(crate) use std::sync::atomic;
