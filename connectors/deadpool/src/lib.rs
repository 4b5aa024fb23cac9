//! Any manager of [deadpool] in a pool of Clearpool.
//!
//! Whatever there is a [`deadpool::managed::Manager`] for is pooled as it is: the manager makes objects and recycles
//! them, Clearpool does the rest.
//!
//! ```
//! use pool_connector_deadpool::DeadpoolConnector;
//! # use deadpool::managed::{Manager, Metrics, RecycleResult};
//! # struct Greeter;
//! # impl Manager for Greeter {
//! #     type Type = String;
//! #     type Error = std::io::Error;
//! #     async fn create(&self) -> Result<String, std::io::Error> { Ok("hello".to_owned()) }
//! #     async fn recycle(&self, _: &mut String, _: &Metrics) -> RecycleResult<std::io::Error> { Ok(()) }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let manager = Greeter;
//! let pool = DeadpoolConnector::new(manager).pool().name("orders").build()?;
//! let connection = pool.acquire().await?;
//! # assert_eq!(connection.as_str(), "hello");
//! # Ok(())
//! # }
//! ```
//!
//! | of the manager | when it is called |
//! |---|---|
//! | `create` | for a dial, under `dial.timeout` |
//! | `recycle` | when a lease ends, before anybody else gets the connection: begun at once, and gone on with in the pool under `upkeep.reset_timeout`; and where the pool checks (`upkeep.check_after_idle`), under `upkeep.check_timeout` |
//! | `detach` | once, when the connection leaves the pool, whatever the reason |
//!
//! [`Recycle::WhenChecked`] leaves out the first of the two.
//! [`DeadpoolConnector::over`] pools several managers, each an endpoint that the balance policy chooses among;
//! [`DeadpoolConnector::per_endpoint`] makes a manager for each endpoint that the pool is told of, by its configuration
//! or by discovery. How to move from deadpool is told in `docs/guides/from-deadpool.md`.
//!
//! [deadpool]: https://docs.rs/deadpool

#![forbid(unsafe_code)]

mod connection;
mod connector;
mod error;
mod hooks;
mod kept;
mod managers;

pub use connection::DeadpoolConnection;
pub use connector::{DeadpoolConnector, Recycle};
pub use error::DeadpoolError;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/from-deadpool.md")]
mod guide {}
