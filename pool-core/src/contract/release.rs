//! What becomes of a returned connection.

use std::any::Any;
use std::fmt;

use super::{Cx, Decision};
use crate::{EndpointId, LeaseView, Reason};

/// What becomes of a returned connection, before limits are applied.
///
/// Not asked about a connection that is closed anyway: broken, expired, of an endpoint that left. One that has to know
/// of those too, says so by [`ReleasePolicy::wants_losses`].
pub trait ReleasePolicy: Any + Send + fmt::Debug {
    /// Keep it, reset it first, or close it. No choice means keep.
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle>;

    /// The same choice as plain data, if it is one of the simple ones: the machine then follows
    /// the rule without calling the policy. Asked once, when the policy is installed.
    fn rule(&self) -> Option<ReleaseRule> {
        None
    }

    /// Whether [`ReleasePolicy::lost`] wants to be told. Asked once, when the policy is installed.
    fn wants_losses(&self) -> bool {
        false
    }

    /// A lease ended about which [`ReleasePolicy::settle`] is not asked, since its connection is closed anyway: by its
    /// outcome (broken, discarded, detached, panicked, dead), or well and for another reason (too old, too many,
    /// marked dead, cleared).
    ///
    /// Each lease that ends is told to one of the two, once; but for those of an endpoint that has left, and those
    /// whose holder was lost, so that nobody knows how they ended.
    fn lost(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) {
        let _ = (lease, cx);
    }

    /// An endpoint has left, and its id will never come back: what was kept of it can be forgotten. Nothing is asked
    /// or told about it any more.
    fn left(&mut self, endpoint: EndpointId) {
        let _ = endpoint;
    }

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// What becomes of a returned connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settle {
    /// It serves the next caller, or becomes idle.
    Keep,
    /// The connector's `reset` runs first.
    Reset,
    /// It is closed.
    Close,
}

/// A settlement that the machine can make by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReleaseRule {
    /// Always keep.
    Keep(Reason),
    /// Keep until it has served so many leases, then close with the second reason.
    MaxUses {
        /// Leases after which it is closed; at least 1.
        uses: u32,
        /// Why it is kept.
        keep: Reason,
        /// Why it is closed.
        close: Reason,
    },
}

/// How a lease went, told by whoever held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Outcome {
    /// Well, or nothing was said.
    #[default]
    Ok,
    /// The operation failed, the connection did not: an error answer, a failed transaction.
    Failed,
    /// The connection is of no more use: an I/O error, a half-done exchange.
    Broken,
    /// The caller threw it away, for a reason of its own.
    Discarded,
    /// The caller took the connection out of the pool.
    Detached,
    /// The thread that held it panicked.
    Panicked,
    /// It was found dead before it was used, so it was never really lent.
    Dead,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Outcome] = &[
        Outcome::Ok,
        Outcome::Failed,
        Outcome::Broken,
        Outcome::Discarded,
        Outcome::Detached,
        Outcome::Panicked,
        Outcome::Dead,
    ];

    /// The outcome as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Failed => "failed",
            Outcome::Broken => "broken",
            Outcome::Discarded => "discarded",
            Outcome::Detached => "detached",
            Outcome::Panicked => "panicked",
            Outcome::Dead => "dead",
        }
    }

    /// Whether the connection may serve again.
    pub const fn reusable(self) -> bool {
        matches!(self, Outcome::Ok | Outcome::Failed)
    }
}
