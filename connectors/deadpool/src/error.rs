//! What can go wrong with a manager's connection.

use std::error::Error;
use std::fmt;

use deadpool::managed::{HookError, RecycleError};

/// Why a connection could not be made, or is of no more use.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeadpoolError<E> {
    /// The manager could not create one.
    Create(E),
    /// The manager could not recycle it.
    Recycle(RecycleError<E>),
    /// A hook refused it.
    Hook(HookError<E>),
    /// It is not open any more, by the look given to the connector.
    NotOpen,
    /// The pool was told of an endpoint for which there is no manager.
    NoManager {
        /// The name of the endpoint.
        endpoint: String,
        /// The names of those for which there is one.
        known: Vec<String>,
    },
}

impl<E> DeadpoolError<E> {
    /// The same with what the manager says in other words.
    pub fn map<F>(self, map: impl FnOnce(E) -> F) -> DeadpoolError<F> {
        match self {
            DeadpoolError::Create(error) => DeadpoolError::Create(map(error)),
            DeadpoolError::Recycle(RecycleError::Message(said)) => DeadpoolError::Recycle(RecycleError::Message(said)),
            DeadpoolError::Recycle(RecycleError::Backend(error)) => {
                DeadpoolError::Recycle(RecycleError::Backend(map(error)))
            }
            DeadpoolError::Hook(HookError::Message(said)) => DeadpoolError::Hook(HookError::Message(said)),
            DeadpoolError::Hook(HookError::Backend(error)) => DeadpoolError::Hook(HookError::Backend(map(error))),
            DeadpoolError::NotOpen => DeadpoolError::NotOpen,
            DeadpoolError::NoManager { endpoint, known } => DeadpoolError::NoManager { endpoint, known },
        }
    }

    /// What the manager itself said, if it was that.
    pub fn backend(&self) -> Option<&E> {
        match self {
            DeadpoolError::Create(error)
            | DeadpoolError::Recycle(RecycleError::Backend(error))
            | DeadpoolError::Hook(HookError::Backend(error)) => Some(error),
            _ => None,
        }
    }
}

impl<E: fmt::Display> fmt::Display for DeadpoolError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeadpoolError::Create(error) => error.fmt(f),
            DeadpoolError::Recycle(RecycleError::Message(said)) => write!(f, "cannot be recycled: {said}"),
            DeadpoolError::Recycle(RecycleError::Backend(error)) => write!(f, "cannot be recycled: {error}"),
            DeadpoolError::Hook(error) => write!(f, "a hook refuses the connection: {error}"),
            DeadpoolError::NotOpen => f.write_str("the connection is not open any more"),
            DeadpoolError::NoManager { endpoint, known } => {
                write!(f, "no manager leads to the endpoint `{endpoint}`; there are some for: {}", known.join(", "))
            }
        }
    }
}

impl<E: Error> Error for DeadpoolError<E> {
    /// What is behind the manager's error, which is said already.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.backend().and_then(Error::source)
    }
}
