//! A lease that ends.

use std::ops::Deref;
use std::time::Duration;

use super::ConnView;
use crate::Outcome;

/// A lease that ends: its connection, how it went, how long it took.
#[derive(Debug, Clone, Copy)]
pub struct LeaseView<'a> {
    pub(crate) conn: ConnView<'a>,
    pub(crate) outcome: Outcome,
    pub(crate) held_for: Duration,
}

impl LeaseView<'_> {
    /// How the lease went.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// How long it was held.
    pub fn held_for(&self) -> Duration {
        self.held_for
    }
}

impl<'a> Deref for LeaseView<'a> {
    type Target = ConnView<'a>;

    fn deref(&self) -> &ConnView<'a> {
        &self.conn
    }
}
