//! The shell of Clearpool on tokio: pools, leases and the driver.
//!
//! The machine of `pool-core` decides; this crate puts it behind one short lock, makes and closes
//! connections in tasks, lets time pass, and wakes whoever waits. What is concurrent about it is in
//! `kernel`, without a runtime, so that loom model-checks it as it is.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use pool_tokio::Pool;
//! use pool_core::{ConnectCx, Connector};
//!
//! /// Connections that are strings.
//! struct Words;
//!
//! impl Connector for Words {
//!     type Connection = String;
//!     type Error = Infallible;
//!
//!     async fn connect(&self, cx: &ConnectCx<'_>) -> Result<String, Infallible> {
//!         Ok(format!("to {}", cx.endpoint.address))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::builder(Words).name("words").endpoints(["127.0.0.1:7001"]).build()?;
//! let mut word = pool.acquire().await?;
//! word.push_str(", hello");
//! assert_eq!(*word, "to 127.0.0.1:7001, hello");
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(loom, allow(dead_code, unreachable_pub, reason = "loom sees the kernel alone"))]

mod kernel;
mod sync;

#[cfg(not(loom))]
mod acquire;
#[cfg(not(loom))]
mod calm;
#[cfg(not(loom))]
mod clock;
#[cfg(not(loom))]
mod driver;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
pub mod execute;
#[cfg(all(test, not(loom)))]
mod hot_path;
#[cfg(not(loom))]
mod lease;
#[cfg(not(loom))]
mod payload;
#[cfg(not(loom))]
mod plugin;
#[cfg(not(loom))]
mod pool;
#[cfg(not(loom))]
mod shared;

#[cfg(not(loom))]
pub use self::{
    acquire::{AcquireFuture, AcquireOptions},
    error::{About, AcquireError, BuildError, DialError, Mistakes, Phase, WarmError},
    execute::{Attempt, ExecuteError, Executor, Fault, Retry},
    lease::Lease,
    plugin::{ConnectorClash, ConnectorFactory, ConnectorPlugin, Connectors},
    pool::{AnyPool, ConnFacts, DrainReport, Pool, PoolBuilder, PoolParts},
};
