//! Which endpoints rest because of how their leases end.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::{Cx, Membership, Outcome};
use crate::{EndpointId, EndpointsView, Reason, Time};

/// Which endpoints rest for a while, because of how their leases end, and how those that come back are eased in.
///
/// A layer that any balance policy lies under: an endpoint that rests is treated as one of weight 0. The balance
/// policy is not asked about it, nothing is dialed there, and what is idle there serves nobody who does not ask for that
/// endpoint by name. If all rest, none does: better a sick endpoint than none.
///
/// The policy is told how leases end; it answers when it is asked for a *review*.
pub trait HealthPolicy: Any + Send + fmt::Debug {
    /// A lease of this endpoint ended: how, and how long it was held. Says when the next review is wanted, if that
    /// is not at the time that the last one named.
    ///
    /// Not told of leases that found their connection dead, which says nothing of the endpoint.
    fn ended(&mut self, endpoint: EndpointId, outcome: Outcome, took: Duration, cx: &mut Cx<'_>) -> Review;

    /// A dial to this endpoint ended: whether it succeeded. Default: nothing; failed dials have a back-off of their
    /// own.
    fn dialed(&mut self, endpoint: EndpointId, succeeded: bool, cx: &mut Cx<'_>) -> Review {
        let _ = (endpoint, succeeded, cx);
        Review::AsPlanned
    }

    /// Says how each endpoint stands from now on, and when it wants to be asked again at the latest;
    /// [`Time::NEVER`]: only by a word of [`HealthPolicy::ended`].
    ///
    /// Asked when it was installed, when endpoints changed, and at the times that it named. The view is of all
    /// endpoints. Of those about which it says nothing, the standing stays what it was.
    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time;

    /// The set of endpoints changed. A newly installed policy is told of each one as joined.
    fn membership(&mut self, change: Membership<'_>) {
        let _ = change;
    }

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state. Called
    /// when it was told of all endpoints as joined, and before its first review.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// When the next review is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Review {
    /// At the time that the last one named.
    #[default]
    AsPlanned,
    /// At once.
    Now,
}

/// How an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Standing {
    /// It takes its whole share.
    #[default]
    Serves,
    /// It takes this share of what it would take, above 0 and below 1: it has just come back. A pick that falls to it
    /// is kept with this chance; else another endpoint is picked, if there is one.
    Eases(f64),
    /// It takes nothing.
    Rests,
}

/// What a review says of the endpoints.
#[derive(Debug, Default)]
pub struct Standings {
    said: Vec<(EndpointId, Standing, Reason)>,
}

impl Standings {
    /// An empty page.
    pub fn new() -> Standings {
        Standings::default()
    }

    /// How this endpoint stands from now on, and why. The last word on an endpoint counts; one on an endpoint that is
    /// not part of the pool is a fault of the policy.
    pub fn set(&mut self, endpoint: EndpointId, standing: Standing, reason: Reason) {
        self.said.push((endpoint, standing, reason));
    }

    /// What was said, in its order.
    pub fn iter(&self) -> impl Iterator<Item = (EndpointId, Standing, Reason)> + '_ {
        self.said.iter().copied()
    }
}
