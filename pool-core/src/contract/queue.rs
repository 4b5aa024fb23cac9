//! Which of those who wait is next.

use std::any::Any;
use std::fmt;

use super::{Cx, Decision};
use crate::QueueView;

/// Which of those who wait is served next, and who is turned away so that others are served in time.
///
/// A pool without one serves by `wait.order`.
pub trait QueuePolicy: Any + Send + fmt::Debug {
    /// A connection is free, and somebody waits for it: who is next? Asked again after one was turned away, as long as
    /// somebody is left. Never called with an empty queue.
    ///
    /// No choice means the oldest.
    fn next(&mut self, queue: &QueueView, cx: &mut Cx<'_>) -> Decision<Next>;

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// Who is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Next {
    /// Who has waited longest.
    Oldest,
    /// Who came last.
    Newest,
    /// Nobody yet: who has waited longest is turned away, with the error `Rejected`.
    TurnAwayOldest,
}
