//! Which endpoint serves.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::{Cx, Decision, Outcome};
use crate::{Endpoint, EndpointId, EndpointsView};

/// Which endpoint serves the next lease, among those that can.
///
/// `pick` proposes; `served` tells what happened. Between them lies the race of a dial against a
/// return, so a policy that counts shares counts them in `served`, not in `pick`. A pool with one
/// endpoint does not ask.
pub trait BalancePolicy: Any + Send + fmt::Debug {
    /// Picks one of the eligible endpoints on view. Never called when none is eligible.
    ///
    /// No choice, or one that is not eligible, is overruled by the first eligible endpoint.
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId>;

    /// A lease was granted from this endpoint: every grant, those after a wait too. Where callers wait
    /// for the endpoint picked and no other (`wait.strict`), it is told as they begin to wait.
    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        let _ = (endpoint, endpoints, cx);
    }

    /// Whether `feedback` wants to be told of each lease's end. Asked once, when installed.
    fn wants_feedback(&self) -> bool {
        false
    }

    /// A lease of this endpoint ended: how, and how long it was held.
    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, took: Duration, cx: &mut Cx<'_>) {
        let _ = (endpoint, outcome, took, cx);
    }

    /// The set of endpoints changed. A newly installed policy is told of each one as joined.
    fn membership(&mut self, change: Membership<'_>) {
        let _ = change;
    }

    /// It takes the place of `old` on a live pool, and goes on with what it takes over of that one's state. Called
    /// when it was told of all endpoints as joined.
    ///
    /// `old.downcast_mut::<Self>()` says whether that was of the same kind, with other options. It is dropped
    /// afterwards, so take what you like. Default: nothing is taken over.
    fn inherit(&mut self, old: &mut dyn Any) {
        let _ = old;
    }
}

/// A change in the set of endpoints.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Membership<'a> {
    /// A new endpoint.
    Joined(EndpointId, &'a Endpoint),
    /// Its weight or metadata changed; its connections stay. (Another address is another endpoint:
    /// one leaves, one joins.)
    Changed(EndpointId, &'a Endpoint),
    /// It is gone; its id will never come back.
    Left(EndpointId),
}
