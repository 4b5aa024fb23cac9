//! What a lease has left on its connection that has to be undone.

use std::ops::BitOr;

/// A set of what has to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Left(u16);

impl Left {
    pub(crate) const NOTHING: Left = Left(0);
    /// A transaction was begun, and neither executed nor discarded.
    pub(crate) const MULTI: Left = Left(1);
    /// Keys are watched.
    pub(crate) const WATCH: Left = Left(1 << 1);
    /// Channels or patterns are subscribed to, or were: answers may have come that nobody counted.
    pub(crate) const SUBSCRIBED: Left = Left(1 << 2);
    /// Another database was selected.
    pub(crate) const DATABASE: Left = Left(1 << 3);
    /// The connection got another name.
    pub(crate) const NAME: Left = Left(1 << 4);
    /// The server tells of changes of keys.
    pub(crate) const TRACKING: Left = Left(1 << 5);
    /// `CLIENT NO-EVICT ON`.
    pub(crate) const NO_EVICT: Left = Left(1 << 6);
    /// `CLIENT NO-TOUCH ON`.
    pub(crate) const NO_TOUCH: Left = Left(1 << 7);
    /// A replica of a cluster was told that reads are wanted.
    pub(crate) const READ_ONLY: Left = Left(1 << 8);
    /// A command whose answer nobody waited for, or one that changes how the next is taken: a round trip puts it right.
    pub(crate) const UNANSWERED: Left = Left(1 << 9);

    pub(crate) fn has(self, what: Left) -> bool {
        self.0 & what.0 != 0
    }

    pub(crate) fn without(self, what: Left) -> Left {
        Left(self.0 & !what.0)
    }

    pub(crate) fn is_nothing(self) -> bool {
        self == Left::NOTHING
    }
}

impl BitOr for Left {
    type Output = Left;

    fn bitor(self, other: Left) -> Left {
        Left(self.0 | other.0)
    }
}
