//! Why a dial failed.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a dial failed. Shared by all callers that it answers.
#[non_exhaustive]
pub enum DialError<E> {
    /// The connector said so.
    Connect(Arc<E>),
    /// The dial took longer than `dial.timeout`, which is this.
    TimedOut(Duration),
    /// The connector panicked, with this message.
    Panicked(Arc<str>),
    /// Connections are made, and are dead before they are used.
    Stillborn,
}

impl<E> Clone for DialError<E> {
    fn clone(&self) -> DialError<E> {
        match self {
            DialError::Connect(error) => DialError::Connect(Arc::clone(error)),
            DialError::TimedOut(within) => DialError::TimedOut(*within),
            DialError::Panicked(message) => DialError::Panicked(Arc::clone(message)),
            DialError::Stillborn => DialError::Stillborn,
        }
    }
}

impl<E: fmt::Display> fmt::Display for DialError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialError::Connect(error) => error.fmt(f),
            DialError::TimedOut(within) => write!(f, "no answer within dial.timeout = {within:?}"),
            DialError::Panicked(message) => write!(f, "the connector panicked: {message}"),
            DialError::Stillborn => f.write_str("connections are made, and are dead before they are used"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for DialError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DialError::Connect(error) => f.debug_tuple("Connect").field(error).finish(),
            DialError::TimedOut(within) => f.debug_tuple("TimedOut").field(within).finish(),
            DialError::Panicked(message) => f.debug_tuple("Panicked").field(message).finish(),
            DialError::Stillborn => f.write_str("Stillborn"),
        }
    }
}

impl<E: Error + 'static> Error for DialError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            DialError::Connect(error) => Some(&**error),
            DialError::TimedOut(_) | DialError::Panicked(_) | DialError::Stillborn => None,
        }
    }
}
