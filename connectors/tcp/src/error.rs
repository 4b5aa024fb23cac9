//! What can go wrong with a connection.

use std::error::Error;
use std::time::Duration;
use std::{fmt, io};

use pool_core::ErrorClass;

/// Why a connection could not be made, or is of no more use. Each names the address.
#[derive(Debug)]
#[non_exhaustive]
pub enum TcpError {
    /// The address makes no sense.
    Address {
        /// The address.
        address: String,
        /// What is wrong with it, and how it should look.
        why: String,
    },
    /// The name could not be looked up.
    Resolve {
        /// The address.
        address: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nobody took the connection.
    Connect {
        /// The address, and the number it stands for if it is a name.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// It took too long.
    Timeout {
        /// The address.
        address: String,
        /// What it was at.
        doing: &'static str,
        /// The time it had.
        after: Duration,
    },
    /// An option of the socket could not be set.
    Socket {
        /// The address.
        address: String,
        /// Which.
        option: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The TLS handshake failed.
    Handshake {
        /// The address.
        address: String,
        /// What rustls said: for the details, downcast what is inside.
        source: io::Error,
        /// Whether it was about a certificate, which the next attempt would not change.
        certificate: bool,
    },
    /// The peer has closed an idle connection, or left bytes that nobody read.
    Closed {
        /// The address.
        address: String,
    },
}

impl TcpError {
    /// Whether another attempt may succeed without anybody changing anything.
    pub(crate) fn class(&self) -> ErrorClass {
        use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
        match self {
            TcpError::Address { .. } | TcpError::Socket { .. } => ErrorClass::Permanent,
            TcpError::Handshake { certificate: true, .. } => ErrorClass::Permanent,
            TcpError::Connect { source, .. }
                if matches!(source.kind(), PermissionDenied | InvalidInput | Unsupported) =>
            {
                ErrorClass::Permanent
            }
            _ => ErrorClass::Transient,
        }
    }
}

impl fmt::Display for TcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TcpError::Address { address, why } => write!(f, "bad address `{address}`: {why}"),
            TcpError::Resolve { address, source } => write!(f, "cannot look up the name of {address}: {source}"),
            TcpError::Connect { address, source } => write!(f, "cannot connect to {address}: {source}"),
            TcpError::Timeout { address, doing, after } => {
                write!(f, "{doing} {address} took longer than {after:?}")
            }
            TcpError::Socket { address, option, source } => {
                write!(f, "cannot set `{option}` on the socket to {address}: {source}")
            }
            TcpError::Handshake { address, source, certificate: true } => {
                write!(f, "no TLS with {address}, because of a certificate: {source}")
            }
            TcpError::Handshake { address, source, certificate: false } => {
                write!(f, "no TLS with {address}: {source}; does it speak TLS?")
            }
            TcpError::Closed { address } => {
                write!(f, "{address} has closed the connection, or sent what nobody asked for")
            }
        }
    }
}

impl Error for TcpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TcpError::Resolve { source, .. }
            | TcpError::Connect { source, .. }
            | TcpError::Socket { source, .. }
            | TcpError::Handshake { source, .. } => Some(source),
            TcpError::Address { .. } | TcpError::Timeout { .. } | TcpError::Closed { .. } => None,
        }
    }
}
