//! Pools of connections that you can see through.
//!
//! What an application depends on: configuration, telemetry, the plugins that come with
//! Clearpool, and the command line `clearpool`.

#![forbid(unsafe_code)]

mod app;
pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
mod demo;
pub mod discovery;
mod plugins;
pub mod pools;
pub mod presets;
pub mod telemetry;
pub mod trace;

pub use app::{App, DefaultKinds};
pub use config::{Config, ConfigError, Loader, PoolConfig};
pub use plugins::{connector, source};
pub use pool_core as core;
pub use pool_core::key_of;
pub use pool_tokio::{
    AcquireError, AcquireOptions, AnyPool, Attempt, ExecuteError, Executor, Fault, Lease, Pool, PoolBuilder, Retry,
};
pub use pools::Pools;

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
