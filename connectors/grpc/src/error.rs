//! What can go wrong with a connection.

use std::error::Error;
use std::fmt;

use pool_connector_tcp::{TcpConnector, TcpError};
use pool_core::{Connector, ErrorClass};
use tonic::{Code, Status};

/// Why a connection could not be made, or is of no more use. Each names the address.
#[derive(Debug)]
#[non_exhaustive]
pub enum GrpcError {
    /// The address makes no sense.
    Address {
        /// The address; what stands before an `@` is left out.
        address: String,
        /// What is wrong with it, and how it should look.
        why: String,
    },
    /// There is no socket to be had, or no TLS over it.
    Socket(TcpError),
    /// TLS is asked for by the address, and not to be had.
    Tls {
        /// The address.
        address: String,
        /// Why.
        why: String,
    },
    /// The peer speaks TLS, and not HTTP/2 over it (ALPN).
    NotHttp2 {
        /// The address.
        address: String,
    },
    /// The peer does not begin as one that speaks HTTP/2 does, or went away as it did.
    Handshake {
        /// The address.
        address: String,
        /// What hyper said.
        source: hyper::Error,
    },
    /// The peer says that it is not serving.
    NotServing {
        /// The address.
        address: String,
        /// The service that it was asked about; empty: the server as a whole.
        service: String,
        /// Its answer: `NOT_SERVING`, `SERVICE_UNKNOWN`, `UNKNOWN`.
        answer: &'static str,
    },
    /// The peer does not say whether it is serving.
    Health {
        /// The address.
        address: String,
        /// What it answered, or what went wrong.
        source: Status,
    },
    /// The connection has ended, or gets no more calls.
    Closed {
        /// The address.
        address: String,
        /// Why.
        why: String,
    },
}

impl GrpcError {
    /// Whether another attempt may succeed without anybody changing anything.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            GrpcError::Address { .. } | GrpcError::Tls { .. } | GrpcError::NotHttp2 { .. } => ErrorClass::Permanent,
            GrpcError::Socket(error) => TcpConnector::default().classify(error),
            GrpcError::Health { source, .. }
                if matches!(source.code(), Code::Unauthenticated | Code::PermissionDenied) =>
            {
                ErrorClass::Permanent
            }
            _ => ErrorClass::Transient,
        }
    }
}

impl From<TcpError> for GrpcError {
    fn from(error: TcpError) -> GrpcError {
        GrpcError::Socket(error)
    }
}

impl fmt::Display for GrpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GrpcError::Address { address, why } => write!(f, "bad address `{address}`: {why}"),
            GrpcError::Socket(error) => error.fmt(f),
            GrpcError::Tls { address, why } => write!(f, "no TLS with {address}: {why}"),
            GrpcError::NotHttp2 { address } => {
                write!(f, "{address} speaks TLS but did not agree on HTTP/2 (ALPN `h2`): is it a gRPC server?")
            }
            GrpcError::Handshake { address, source } => {
                write!(f, "no HTTP/2 with {address}: {}; does it speak HTTP/2, and does it want TLS?", Chain(source))
            }
            GrpcError::NotServing { address, service, answer } if service.is_empty() => {
                write!(f, "{address} says that it is not serving: {answer}")
            }
            GrpcError::NotServing { address, service, answer } => {
                write!(f, "{address} says that it is not serving `{service}`: {answer}")
            }
            GrpcError::Health { address, source } => {
                let (code, message) = (source.code(), source.message());
                write!(f, "{address} does not say whether it is serving: {code:?}: {message}")
            }
            GrpcError::Closed { address, why } => write!(f, "the connection to {address} takes no more calls: {why}"),
        }
    }
}

/// An error with those below it, as hyper tells only the uppermost.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let (mut told, mut next) = (self.0.to_string(), self.0.source());
        while let Some(error) = next {
            let text = error.to_string();
            if !told.contains(&text) {
                write!(f, ": {text}")?;
            }
            (told, next) = (text, error.source());
        }
        Ok(())
    }
}

impl Error for GrpcError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            GrpcError::Socket(source) => Some(source),
            GrpcError::Handshake { source, .. } => Some(source),
            GrpcError::Health { source, .. } => Some(source),
            GrpcError::Address { .. }
            | GrpcError::Tls { .. }
            | GrpcError::NotHttp2 { .. }
            | GrpcError::NotServing { .. }
            | GrpcError::Closed { .. } => None,
        }
    }
}
