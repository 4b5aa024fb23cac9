//! Any connection manager of [bb8] in a pool of Clearpool.
//!
//! Whatever there is a [`bb8::ManageConnection`] for is pooled as it is: the manager makes connections and looks at
//! them, Clearpool does the rest.
//!
//! ```
//! use pool_connector_bb8::Bb8Connector;
//! # struct Manager;
//! # impl bb8::ManageConnection for Manager {
//! #     type Connection = String;
//! #     type Error = std::io::Error;
//! #     async fn connect(&self) -> Result<String, std::io::Error> { Ok("hello".to_owned()) }
//! #     async fn is_valid(&self, _: &mut String) -> Result<(), std::io::Error> { Ok(()) }
//! #     fn has_broken(&self, _: &mut String) -> bool { false }
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let manager = Manager;
//! let pool = Bb8Connector::new(manager).pool().name("orders").build()?;
//! let connection = pool.acquire().await?;
//! # assert_eq!(*connection, "hello");
//! # Ok(())
//! # }
//! ```
//!
//! | of the manager | when it is called |
//! |---|---|
//! | `connect` | for a dial, under `dial.timeout` |
//! | `has_broken` | before each lease, and when a lease ends: a broken connection is closed |
//! | `is_valid` | where the pool checks (`upkeep.check_after_idle`), under `upkeep.check_timeout` |
//!
//! [`Bb8Connector::over`] pools several managers, each an endpoint that the balance policy chooses among;
//! [`Bb8Connector::per_endpoint`] makes a manager for each endpoint that the pool is told of, by its configuration or by
//! discovery. How to move from bb8 is told in `docs/guides/from-bb8.md`.
//!
//! [bb8]: https://docs.rs/bb8

#![forbid(unsafe_code)]

mod connector;
mod error;
mod managers;
mod several;

pub use connector::{Bb8Connector, ErrorOf};
pub use error::Bb8Error;
pub use managers::Managers;
pub use several::{Routed, Several};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/from-bb8.md")]
mod guide {}
