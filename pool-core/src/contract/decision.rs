//! An answer and why.

use crate::Reason;

/// What a policy chose, and why. Every answer says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<T> {
    /// The choice; `None` if nothing on offer will do.
    pub choice: Option<T>,
    /// Why: a bounded static word, shown in spans and metrics.
    pub reason: Reason,
}

impl<T> Decision<T> {
    /// A choice and its reason.
    pub const fn of(choice: T, reason: Reason) -> Decision<T> {
        Decision { choice: Some(choice), reason }
    }

    /// Nothing on offer will do.
    pub const fn none(reason: Reason) -> Decision<T> {
        Decision { choice: None, reason }
    }
}
