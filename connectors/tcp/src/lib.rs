//! Connections over TCP and Unix sockets, with TLS if wanted (cargo feature `tls`).
//!
//! An address is `host:port`, `[v6]:port` or `unix:/path`. A [`TcpConnection`] is a plain
//! `AsyncRead + AsyncWrite`; the protocol spoken over it is its user's. Between leases it must be
//! silent: a peer that has closed it, or has sent what nobody read, makes it unfit for the next
//! lease, and that is seen without waiting.
//!
//! Connectors of protocols stand on its parts: a [`Dialer`] opens sockets, and [`Tls`] speaks TLS over what it opened,
//! at once or later. Their options, [`SocketOptions`] and [`TlsOptions`], are the same wherever there are any.

#![forbid(unsafe_code)]

mod address;
mod budget;
mod connection;
mod connector;
mod dialer;
mod error;
mod glance;
mod options;
mod plugin;
mod socket;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;

pub use connection::TcpConnection;
pub use connector::TcpConnector;
pub use dialer::Dialer;
pub use error::TcpError;
pub use options::{SocketOptions, TcpOptions, TlsOptions, Unread};
pub use plugin::PLUGIN;
pub use tls::Tls;
