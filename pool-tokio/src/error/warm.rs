//! Why a pool was not warmed.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::DialError;

/// Why fewer connections than wanted are open after `warm`.
pub struct WarmError<E> {
    /// The name of the pool.
    pub pool: Arc<str>,
    /// How many were wanted.
    pub wanted: u32,
    /// How many are open.
    pub open: u32,
    /// The limit on all connections.
    pub max_open: u32,
    /// The dial that failed, if one did, meanwhile or before: an endpoint whose dials fail is left
    /// alone for a while.
    pub dial: Option<DialError<E>>,
}

impl<E: fmt::Display> fmt::Display for WarmError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pool `{}`: {} of {} connections are open", self.pool, self.open, self.wanted)?;
        match &self.dial {
            Some(dial) => write!(f, "; a dial failed: {dial}"),
            None if self.wanted > self.max_open => write!(f, "; limits.max_open is {}", self.max_open),
            None => f.write_str("; it has no endpoint with room, or is closed"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for WarmError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarmError")
            .field("pool", &self.pool)
            .field("wanted", &self.wanted)
            .field("open", &self.open)
            .field("max_open", &self.max_open)
            .field("dial", &self.dial)
            .finish()
    }
}

impl<E: Error + 'static> Error for WarmError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.dial.as_ref().map(|dial| dial as &(dyn Error + 'static))
    }
}
