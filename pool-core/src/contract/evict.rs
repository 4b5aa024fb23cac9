//! Which idle connections must go.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::{Cx, Decision, Moments};
use crate::{ConnView, EndpointId, EntryId, IdleView, Reason, Time, UsageView};

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

    /// How often [`EvictPolicy::prune`] is asked; `None`: never. Asked once, when the policy is installed. Less than
    /// a millisecond is taken as one.
    ///
    /// The first round comes one such period after the policy was installed. Where no connection is open, none
    /// comes until one is.
    fn prunes_every(&self) -> Option<Duration> {
        None
    }

    /// How many of an endpoint's idle connections are too many by now, and why; `None`: no word. Asked in each round
    /// for each endpoint that has not left.
    ///
    /// So many of those that nobody uses are closed, from the one released longest ago on: fewer if there are not
    /// so many, or if fewer than `min_idle` would be left idle in the pool. A bounded number of them goes at a time,
    /// so that it may last a moment.
    fn prune(&mut self, usage: &UsageView<'_>, cx: &mut Cx<'_>) -> Option<Decision<u32>> {
        let _ = (usage, cx);
        None
    }

    /// An endpoint has left, and its id will never come back: what was kept of it can be forgotten. Nothing is asked
    /// about it any more, but for deadlines and victims while connections of it are being closed.
    fn left(&mut self, endpoint: EndpointId) {
        let _ = endpoint;
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
#[non_exhaustive]
pub struct Expiry {
    /// The first moment at which it is expired.
    pub at: Time,
    /// When that is looked at.
    pub moments: Moments,
    /// Why it goes.
    pub reason: Reason,
    /// Whether it stays all the same if closing it would leave fewer than `min_idle` idle.
    pub floor: bool,
    /// Whether another is dialed at the same endpoint when it goes, so that as many are open as before.
    ///
    /// Any dial at that endpoint is the other one, also a caller's; if it fails, the next is. It obeys the limits, the
    /// back-off and the breaker as every dial. Where there is no room for it in `max_open` or `max_idle`, because
    /// others have taken the place in the meantime, it is left out; so too when the endpoint leaves, and when the
    /// pool is cleared.
    pub replace: bool,
}

impl Expiry {
    /// Expires at this moment, for that reason. There is no floor, and nothing takes its place.
    pub const fn new(at: Time, moments: Moments, reason: Reason) -> Expiry {
        Expiry { at, moments, reason, floor: false, replace: false }
    }

    /// With a floor or without: see [`Expiry::floor`].
    #[must_use]
    pub const fn with_floor(self, floor: bool) -> Expiry {
        Expiry { floor, ..self }
    }

    /// With another in its place or without: see [`Expiry::replace`].
    #[must_use]
    pub const fn with_replace(self, replace: bool) -> Expiry {
        Expiry { replace, ..self }
    }
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
        /// As in [`Expiry::replace`].
        replace: bool,
    },
    /// There is no deadline: do not ask.
    Never,
}
