//! Where endpoints come from.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::Endpoint;

/// A source of endpoints.
///
/// It yields whole sets; the machine finds the difference, and connections to what stays, stay.
pub trait Discovery: Send + fmt::Debug {
    /// The next set: at once when called first, then as soon as the set is another.
    ///
    /// The pool keeps the last set it got. Must be cancel-safe: a dropped future loses no change.
    ///
    /// # Errors
    /// If the source cannot be read or makes no sense. The pool keeps the set it has, tells of the
    /// error and asks again, with a pause that grows.
    fn next(&mut self) -> DiscoveryFuture<'_>;

    /// Whether it has a set by itself. Not if endpoints come only with what is asked of the pool, so that there is
    /// nothing to look at before. Default: it has.
    fn has_its_own(&self) -> bool {
        true
    }
}

/// What [`Discovery::next`] gives: a boxed future, so that a source can be chosen at run time.
pub type DiscoveryFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<Endpoint>, DiscoveryError>> + Send + 'a>>;

/// A source of endpoints could not be read.
#[derive(Debug)]
pub struct DiscoveryError {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl DiscoveryError {
    /// An error with a message that says what to do about it.
    pub fn new(what: impl Into<String>) -> DiscoveryError {
        DiscoveryError { what: what.into(), source: None }
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> DiscoveryError {
        DiscoveryError { source: Some(source.into()), ..self }
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for DiscoveryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
