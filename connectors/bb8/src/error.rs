//! What can go wrong with a manager's connection.

use std::error::Error;
use std::fmt;

/// Why a connection could not be made, or is of no more use.
#[derive(Debug)]
#[non_exhaustive]
pub enum Bb8Error<E> {
    /// What the manager says.
    Manager(E),
    /// `has_broken` says that it is.
    Broken,
    /// The pool was told of an endpoint for which there is no manager.
    NoManager {
        /// The name of the endpoint.
        endpoint: String,
        /// The names of those for which there is one.
        known: Vec<String>,
    },
}

impl<E> Bb8Error<E> {
    /// The same with what the manager says in other words.
    pub fn map<F>(self, map: impl FnOnce(E) -> F) -> Bb8Error<F> {
        match self {
            Bb8Error::Manager(error) => Bb8Error::Manager(map(error)),
            Bb8Error::Broken => Bb8Error::Broken,
            Bb8Error::NoManager { endpoint, known } => Bb8Error::NoManager { endpoint, known },
        }
    }
}

impl<E: fmt::Display> fmt::Display for Bb8Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bb8Error::Manager(error) => error.fmt(f),
            Bb8Error::Broken => f.write_str("the connection is broken, says its manager"),
            Bb8Error::NoManager { endpoint, known } => {
                write!(f, "no manager leads to the endpoint `{endpoint}`; there are some for: {}", known.join(", "))
            }
        }
    }
}

impl<E: Error> Error for Bb8Error<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // What it says is said already.
            Bb8Error::Manager(error) => error.source(),
            Bb8Error::Broken | Bb8Error::NoManager { .. } => None,
        }
    }
}
