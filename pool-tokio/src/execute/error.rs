//! Why an operation came to nothing.

use std::error::Error;
use std::fmt;

use crate::error::AcquireError;

/// Why an operation came to nothing. `A` is the connector's error, `E` the operation's.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExecuteError<A, E> {
    /// There was no connection.
    Acquire {
        /// Why.
        error: AcquireError<A>,
        /// How the try before failed, if this one was to repeat it.
        failed: Option<E>,
    },
    /// The operation failed, and was not to be repeated.
    Operation(E),
}

impl<A, E> ExecuteError<A, E> {
    /// The operation's error: the last one, if it was run at all.
    pub fn operation(&self) -> Option<&E> {
        match self {
            ExecuteError::Acquire { failed, .. } => failed.as_ref(),
            ExecuteError::Operation(error) => Some(error),
        }
    }
}

impl<A: fmt::Display, E: fmt::Display> fmt::Display for ExecuteError<A, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExecuteError::Acquire { error, failed: None } => error.fmt(f),
            ExecuteError::Acquire { error, failed: Some(failed) } => {
                write!(f, "{error}; it was to repeat what had failed: {failed}")
            }
            ExecuteError::Operation(error) => error.fmt(f),
        }
    }
}

impl<A: Error + 'static, E: Error + 'static> Error for ExecuteError<A, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ExecuteError::Acquire { error, .. } => error.source(),
            ExecuteError::Operation(error) => error.source(),
        }
    }
}
