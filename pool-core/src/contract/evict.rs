//! Which idle connections must go.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::{Cx, Decision, Moments};
use crate::{ConnView, EntryId, IdleView, Reason, Time};

/// Which idle connections must go: by time, and when there are too many.
///
/// Several compose: a connection goes at the earliest of their deadlines, and the first that
/// answers names an overflow victim.
pub trait EvictPolicy: Any + Send + fmt::Debug {
    /// When this connection expires, at which moments that is looked at, and why; `None`: never.
    ///
    /// Asked when a connection is born and again at each release, unless [`EvictPolicy::rule`]
    /// says that it need not be. A jitter comes from [`ConnView::draw`], which stays the same
    /// from birth to close.
    fn expires_at(&self, conn: &ConnView<'_>, cx: &mut Cx<'_>) -> Option<Expiry>;

    /// Which idle connection goes when there are too many; `None`: the next policy is asked.
    ///
    /// The view is of the scope whose limit overflowed: one endpoint or the whole pool. An answer
    /// that is not on view is overruled by the oldest.
    fn victim(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        let _ = (idle, cx);
        None
    }

    /// How the deadline depends on the connection's life, so that the machine asks less often.
    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Ask
    }

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state. Of
    /// several evict policies, the first of a kind follows the first of it, the second the second.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// When a connection expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// The first moment at which it is expired.
    pub at: Time,
    /// When that is looked at.
    pub moments: Moments,
    /// Why it goes.
    pub reason: Reason,
    /// Whether it stays all the same if closing it would leave fewer than `min_idle` idle.
    pub floor: bool,
}

/// How an [`Expiry`] depends on the connection's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpiryRule {
    /// In no simple way: ask at birth and at each release.
    Ask,
    /// It is fixed at birth: ask once.
    Birth,
    /// It is always `after` its last release (or its birth, if it was never leased): do not ask.
    Idle {
        /// How long it may be idle.
        after: Duration,
        /// When that is looked at.
        moments: Moments,
        /// Why it goes.
        reason: Reason,
        /// As in [`Expiry::floor`].
        floor: bool,
    },
    /// There is no deadline: do not ask.
    Never,
}
