//! Why there is no connection.

use std::error::Error;
use std::fmt;

use http::StatusCode;
use pool_connector_tcp::{TcpConnector, TcpError};
use pool_core::{Connector, ErrorClass};

/// Why a connection could not be made, or is of no more use. Each names the origin.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The endpoint's address is no origin.
    Address {
        /// The address.
        address: String,
        /// What is wrong with it, and how it should look.
        why: &'static str,
    },
    /// The socket could not be opened, or TLS not be agreed on.
    Socket {
        /// Where to.
        origin: String,
        /// What went wrong.
        source: TcpError,
    },
    /// There is no TLS here.
    Tls {
        /// Where to.
        origin: String,
        /// Why.
        why: String,
    },
    /// The forward proxy did not let us through.
    Proxy {
        /// Where to.
        origin: String,
        /// The proxy, without its password.
        proxy: String,
        /// What it answered, if it did.
        status: Option<StatusCode>,
        /// What else went wrong.
        source: Option<hyper::Error>,
    },
    /// Both sides could not agree on how to begin.
    Handshake {
        /// Where to.
        origin: String,
        /// What hyper says.
        source: hyper::Error,
    },
    /// HTTP/2 is wanted, and the server does not speak it.
    NoHttp2 {
        /// Where to.
        origin: String,
        /// Whether it was asked in the TLS handshake; else it was told by prior knowledge.
        asked: bool,
    },
    /// The server ended the connection before it had said anything.
    Ended {
        /// Where to.
        origin: String,
    },
    /// A connection that was idle did not answer its check as it should.
    Check {
        /// Where to.
        origin: String,
        /// What it answered, if it did.
        status: Option<StatusCode>,
    },
    /// The request was still being sent long after its response had been read.
    Busy {
        /// Where to.
        origin: String,
    },
}

impl ConnectError {
    /// Whether another attempt may succeed without anybody changing anything.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            ConnectError::Socket { source, .. } => TcpConnector::default().classify(source),
            ConnectError::Address { .. } | ConnectError::Tls { .. } | ConnectError::NoHttp2 { .. } => {
                ErrorClass::Permanent
            }
            ConnectError::Proxy { status: Some(status), .. } if is_lasting(*status) => ErrorClass::Permanent,
            _ => ErrorClass::Transient,
        }
    }
}

/// What a proxy will answer the next time too.
fn is_lasting(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::METHOD_NOT_ALLOWED
    )
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectError::Address { address, why } => write!(f, "bad address `{address}`: {why}"),
            ConnectError::Socket { source, .. } => source.fmt(f),
            ConnectError::Tls { origin, why } => write!(f, "no TLS with {origin}: {why}"),
            ConnectError::Proxy { origin, proxy, status: Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED), .. } => {
                write!(f, "the proxy {proxy} wants to know who we are before it lets us through to {origin}: {HOW}")
            }
            ConnectError::Proxy { origin, proxy, status: Some(status), .. } => {
                write!(f, "the proxy {proxy} does not let us through to {origin}: it answers {status}")
            }
            ConnectError::Proxy { origin, proxy, source, .. } => {
                write!(f, "the proxy {proxy} does not let us through to {origin}")?;
                source.iter().try_for_each(|source| write!(f, ": {source}"))
            }
            ConnectError::Handshake { origin, source } => write!(f, "no HTTP with {origin}: {source}"),
            ConnectError::NoHttp2 { origin, asked: true } => {
                write!(f, "{origin} does not offer HTTP/2, which `version = \"http2\"` asks for")
            }
            ConnectError::NoHttp2 { origin, asked: false } => {
                write!(f, "{origin} does not answer in HTTP/2; does it know that without being asked?")
            }
            ConnectError::Ended { origin } => write!(f, "{origin} ended the connection before it had said anything"),
            ConnectError::Check { origin, status: Some(status) } => {
                write!(f, "{origin} answers {status} to its check (`check_path`)")
            }
            ConnectError::Check { origin, status: None } => {
                write!(f, "{origin} has closed the connection, or does not answer its check")
            }
            ConnectError::Busy { origin } => {
                write!(f, "the request to {origin} was still being sent after its response had come")
            }
        }
    }
}

const HOW: &str = "set `proxy.user` and `proxy.password`";

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ConnectError::Socket { source, .. } => source.source(),
            ConnectError::Handshake { source, .. } => source.source(),
            ConnectError::Proxy { source: Some(source), .. } => source.source(),
            _ => None,
        }
    }
}
