//! Faults that are planted to see that loom finds them.

/// A fault planted in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None: the kernel as it is.
    None,
    /// A cancelled caller keeps what it was granted.
    CancelKeepsGrant,
    /// Callers that have an answer are not woken.
    LostWake,
    /// The same, where a lease is dropped.
    LostWakeOfADrop,
    /// A place is freed before its connection is closed.
    FreedEarly,
}
