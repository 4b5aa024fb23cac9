//! What can go wrong with a connection.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use pool_connector_tcp::{TcpConnector, TcpError};
use pool_core::{Connector, ErrorClass, OptionError};

use crate::Refusal;

/// Why a connection could not be made, or is of no more use. Each names the address, without a password.
///
/// Not what a command fails with on a connection that is there: that is redis-rs' [`redis::RedisError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum RedisError {
    /// The address makes no sense.
    Address {
        /// The address.
        address: String,
        /// What is wrong with it, and how it should look.
        why: String,
    },
    /// No socket could be opened, or TLS not be agreed on.
    Socket(TcpError),
    /// TLS is asked for, and cannot be spoken to anybody.
    Tls {
        /// The address.
        address: Arc<str>,
        /// Why not.
        source: OptionError,
    },
    /// The file with the password could not be read.
    PasswordFile {
        /// The address.
        address: Arc<str>,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server refused the connection, or a command that every connection begins with.
    Refused {
        /// The address.
        address: Arc<str>,
        /// The command.
        doing: &'static str,
        /// What the server said.
        answer: Refusal,
    },
    /// Whoever answered does not speak Redis' protocol.
    Stranger {
        /// The address.
        address: Arc<str>,
        /// How the answer began.
        answer: String,
    },
    /// It accepted the connection, and then took too long to answer.
    Timeout {
        /// The address.
        address: Arc<str>,
        /// What it was at.
        doing: &'static str,
        /// The time that the dial had.
        after: Duration,
    },
    /// The connection ended while it was greeted, checked or reset.
    Lost {
        /// The address.
        address: Arc<str>,
        /// What it was at.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
        /// Whether the server wants a certificate, which the next attempt would not change.
        certificate: bool,
    },
    /// A check or a reset had another answer than it must have.
    Failed {
        /// The address.
        address: Arc<str>,
        /// The command.
        doing: &'static str,
        /// What came.
        source: redis::RedisError,
    },
    /// A lease has left the connection in a state that cannot be undone: it is closed.
    Spoiled {
        /// The address.
        address: Arc<str>,
        /// By what.
        by: &'static str,
    },
}

/// What a handshake is called.
pub(crate) const TLS: &str = "the TLS handshake";

impl RedisError {
    /// Whether another attempt may succeed without anybody changing anything. `rotates`: the password is in a file
    /// that may hold another the next time.
    pub(crate) fn class(&self, sockets: &TcpConnector, rotates: bool) -> ErrorClass {
        match self {
            RedisError::Socket(error) => sockets.classify(error),
            RedisError::Refused { answer, .. } if rotates && answer.is_about_credentials() => ErrorClass::Transient,
            RedisError::Refused { answer, .. } => answer.class(),
            RedisError::PasswordFile { .. } => ErrorClass::Transient,
            RedisError::Address { .. } | RedisError::Tls { .. } | RedisError::Stranger { .. } => ErrorClass::Permanent,
            RedisError::Lost { certificate: true, .. } => ErrorClass::Permanent,
            RedisError::Timeout { .. }
            | RedisError::Lost { .. }
            | RedisError::Failed { .. }
            | RedisError::Spoiled { .. } => ErrorClass::Transient,
        }
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedisError::Address { address, why } => write!(f, "bad address `{address}`: {why}"),
            RedisError::Socket(error) => error.fmt(f),
            RedisError::Tls { address, source } => write!(f, "no TLS with {address}: {source}"),
            RedisError::PasswordFile { address, path, source } => {
                write!(f, "cannot read {}, `password_file` of {address}: {source}", path.display())
            }
            RedisError::Refused { address, doing, answer } => write!(f, "{address} refused {doing}: {answer}"),
            RedisError::Stranger { address, answer } => write!(
                f,
                "{address} answered {answer:?}, which is not Redis' protocol: is it a Redis, and does it want TLS \
                 (`rediss://`, or the option `tls`)?"
            ),
            RedisError::Timeout { address, doing, after } => {
                write!(f, "{address} accepted the connection and did not answer {doing} within {after:?}")?;
                f.write_str(if *doing == TLS { "; does it speak TLS?" } else { "" })
            }
            RedisError::Lost { address, doing, source, certificate: true } => {
                write!(
                    f,
                    "{address} ended the connection at {doing}, because of a certificate: {source}; it may want `tls.client_certificate`"
                )
            }
            RedisError::Lost { address, doing, source, certificate: false } => {
                write!(f, "the connection to {address} was lost at {doing}: {source}")
            }
            RedisError::Failed { address, doing, source } => write!(f, "{doing} on {address} failed: {source}"),
            RedisError::Spoiled { address, by } => {
                write!(f, "the connection to {address} is closed, since nothing undoes {by}")
            }
        }
    }
}

impl Error for RedisError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RedisError::Socket(error) => error.source(),
            RedisError::Tls { source, .. } => Some(source),
            RedisError::PasswordFile { source, .. } | RedisError::Lost { source, .. } => Some(source),
            RedisError::Failed { source, .. } => Some(source),
            RedisError::Address { .. }
            | RedisError::Refused { .. }
            | RedisError::Stranger { .. }
            | RedisError::Timeout { .. }
            | RedisError::Spoiled { .. } => None,
        }
    }
}
