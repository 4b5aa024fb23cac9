//! Connections to PostgreSQL for Clearpool, through `tokio_postgres`, with TLS if wanted (cargo feature `tls`).
//!
//! A [`PostgresConnection`] is used as a [`tokio_postgres::Client`]. What its holder leaves behind is known without a
//! question to the server, since a listener between `tokio_postgres` and the socket hears what was asked and what was
//! answered: a transaction that is open is rolled back, a connection on which an answer is still to come is closed,
//! and the server told to stop.
//!
//! ```no_run
//! use pool_connector_postgres::{PostgresConnector, PostgresOptions};
//! use pool_tokio::Pool;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut options = PostgresOptions::default();
//! options.user = Some("till".into());
//! options.password = Some("secret".into());
//! let connector = PostgresConnector::new(options)?;
//! let pool = Pool::builder(connector).name("orders").endpoints(["localhost:5432"]).build()?;
//!
//! let mut conn = pool.acquire().await?;
//! let transaction = conn.transaction().await?;
//! let insert = transaction.prepare_cached("insert into orders (item) values ($1)").await?;
//! transaction.execute(&insert, &[&"a chair"]).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod address;
mod connection;
mod connector;
mod driver;
mod error;
mod fault;
mod login;
mod options;
mod plugin;
mod reset;
mod road;
mod statements;
mod transaction;
mod wire;

pub use connection::PostgresConnection;
pub use connector::PostgresConnector;
pub use error::PostgresError;
pub use fault::fault;
pub use options::{PostgresOptions, Reset, SessionAttrs, SslMode};
pub use plugin::PLUGIN;
pub use pool_core::Secret;
pub use tokio_postgres;
pub use transaction::PostgresTransaction;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/postgres.md")]
struct Guide;
