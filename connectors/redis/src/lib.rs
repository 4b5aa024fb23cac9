//! Connections to Redis for Clearpool, on redis-rs.
//!
//! A lease is a redis-rs connection: commands, pipelines and `AsyncCommands` work on it. The crate is re-exported as
//! [`redis`], so that both sides mean the same version.
//!
//! ```no_run
//! use pool_connector_redis::redis::{self, AsyncCommands};
//! use pool_connector_redis::{RedisConnector, RedisOptions};
//! use pool_tokio::Pool;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let connector = RedisConnector::new(RedisOptions::default())?;
//! let pool = Pool::builder(connector).endpoints(["redis://127.0.0.1:6379/0"]).build()?;
//!
//! let mut conn = pool.acquire().await?;
//! let () = conn.set("answer", 42).await?;
//! let answer: u32 = redis::cmd("GET").arg("answer").query_async(&mut *conn).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What the next lease finds
//!
//! A connection as if it were new. The connection looks at the names of all commands that go over it, pipelines
//! included, and what they leave is undone before anybody else has it:
//!
//! | left by a lease | undone by |
//! | --- | --- |
//! | `MULTI` without its `EXEC` | `DISCARD` |
//! | `WATCH` | `UNWATCH` |
//! | `SUBSCRIBE`, `PSUBSCRIBE`, `SSUBSCRIBE` | their opposites, then words until one comes back as the answer to itself |
//! | `SELECT` of another database | `SELECT` |
//! | `CLIENT SETNAME`, `TRACKING`, `NO-EVICT`, `NO-TOUCH`; `READONLY` | their opposites |
//! | a command whose answer was not wanted, `ASKING` | a round trip |
//! | `AUTH`, `HELLO`, `RESET`, `MONITOR`, `CLIENT REPLY`, `SCRIPT DEBUG`, `SYNC`, `QUIT` | the connection is closed |
//! | a call that was given up half-way: dropped, or without an answer in time | the connection is closed |
//! | a write that was answered with `READONLY`, since the server was demoted | the connection is closed |
//!
//! A lease that leaves nothing costs nothing.

#![forbid(unsafe_code)]

mod address;
mod command;
mod connection;
mod connector;
mod error;
mod fault;
mod greeting;
mod ledger;
mod left;
mod line;
mod options;
mod plugin;
mod push;
mod refusal;
mod undo;

pub use connection::RedisConnection;
pub use connector::RedisConnector;
pub use error::RedisError;
pub use fault::fault;
pub use options::{RedisOptions, ResetWhen, Resp};
pub use plugin::PLUGIN;
pub use pool_core::Secret;
/// The client that connections are made of.
pub use redis;
pub use refusal::Refusal;
