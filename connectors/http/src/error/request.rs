//! Why a request has no response.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use pool_tokio::{AcquireError, Fault};

use crate::{BoxError, ConnectError};

/// Why a request has no response, or its body no end.
#[derive(Debug)]
#[non_exhaustive]
pub enum HttpError {
    /// It cannot be sent as it is.
    Request {
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// There was no connection for it.
    Acquire {
        /// Why.
        error: AcquireError<ConnectError>,
        /// How it failed before, if this was to send it again.
        failed: Option<Box<HttpError>>,
    },
    /// There are as many origins as there may be, and all are in use.
    TooManyOrigins {
        /// How many there may be.
        most: u32,
    },
    /// The connection, or the server, failed it.
    Exchange {
        /// The endpoint's name.
        endpoint: String,
        /// What that says of the connection, and of whether the server may have carried the request out.
        fault: Fault,
        /// What hyper says.
        source: hyper::Error,
    },
    /// Its own body failed while it was being sent: neither the connection nor the server is to blame. The server may
    /// have done something with what came before.
    Upload {
        /// The endpoint's name.
        endpoint: String,
        /// What the body says.
        source: BoxError,
    },
    /// The head of its response did not come in time.
    Late {
        /// The endpoint's name.
        endpoint: String,
        /// The time that it had: `response_timeout`.
        after: Duration,
    },
    /// A piece of its response's body did not come in time.
    Stalled {
        /// The endpoint's name.
        endpoint: String,
        /// The time that it had: `body_timeout`.
        after: Duration,
    },
    /// The body of its response broke off.
    Body {
        /// The endpoint's name.
        endpoint: String,
        /// What hyper says.
        source: hyper::Error,
    },
}

impl HttpError {
    pub(crate) fn request(why: impl Into<String>) -> HttpError {
        HttpError::Request { why: why.into() }
    }

    /// Whether the server may have carried the request out: whoever repeats it may do it twice.
    pub fn may_have_been_carried_out(&self) -> bool {
        match self {
            HttpError::Request { .. } | HttpError::TooManyOrigins { .. } => false,
            HttpError::Acquire { failed, .. } => {
                failed.as_ref().is_some_and(|failed| failed.may_have_been_carried_out())
            }
            HttpError::Exchange { fault, .. } => !matches!(fault, Fault::Bad { written: false, .. }),
            HttpError::Upload { .. } | HttpError::Late { .. } | HttpError::Stalled { .. } | HttpError::Body { .. } => {
                true
            }
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Request { why } => write!(f, "the request cannot be sent: {why}"),
            HttpError::Acquire { error, failed: None } => error.fmt(f),
            HttpError::Acquire { error, failed: Some(failed) } => {
                write!(f, "{error}; it was to send again what had failed: {failed}")
            }
            HttpError::TooManyOrigins { most } => {
                write!(f, "all {most} origins that the pool may have are in use; raise `origins.most`")
            }
            HttpError::Exchange { endpoint, fault, source } => {
                write!(f, "{endpoint} gave no response{}: {}", so_far(*fault), Chain(source))
            }
            HttpError::Upload { endpoint, source } => {
                write!(f, "the body of the request to {endpoint} failed: {}", Chain(&**source))
            }
            HttpError::Late { endpoint, after } => {
                write!(f, "{endpoint} gave no response within {after:?} (`response_timeout`)")
            }
            HttpError::Stalled { endpoint, after } => {
                write!(f, "the response of {endpoint} stalled for {after:?} (`body_timeout`)")
            }
            HttpError::Body { endpoint, source } => {
                write!(f, "the response of {endpoint} broke off: {}", Chain(source))
            }
        }
    }
}

fn so_far(fault: Fault) -> &'static str {
    match fault {
        Fault::Bad { written: false, .. } => ", and had not taken up the request",
        _ => "",
    }
}

/// hyper's errors say little without their causes.
struct Chain<'a>(&'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            HttpError::Acquire { error, .. } => error.source(),
            HttpError::Exchange { source, .. } | HttpError::Body { source, .. } => Some(source),
            HttpError::Upload { source, .. } => Some(&**source),
            HttpError::Request { .. }
            | HttpError::TooManyOrigins { .. }
            | HttpError::Late { .. }
            | HttpError::Stalled { .. } => None,
        }
    }
}
