//! The plainest policy of each role, to compare with: it takes what comes first.

use std::time::Duration;

use pool_core::{
    AcquirePolicy, BalancePolicy, ConnView, Cx, Decision, EndpointId, EndpointsView, EntryId, EvictPolicy, Expiry,
    HealthPolicy, IdleView, LeaseView, Moments, Next, Outcome, QueuePolicy, QueueView, Reason, ReleasePolicy, Review,
    Settle, Standings, Time,
};

const WHY: Reason = Reason::new("plainest");

/// The first that there is.
#[derive(Debug)]
pub(super) struct Plainest;

impl AcquirePolicy for Plainest {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: WHY }
    }
}

impl ReleasePolicy for Plainest {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, WHY)
    }
}

impl EvictPolicy for Plainest {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        Some(Expiry::new(conn.created().after(Duration::from_secs(60)), Moments::ALL, WHY))
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        idle.oldest().map(|conn| Decision::of(conn.id(), WHY))
    }
}

impl BalancePolicy for Plainest {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        Decision { choice: endpoints.eligible().next().map(|it| it.id()), reason: WHY }
    }
}

impl HealthPolicy for Plainest {
    fn ended(&mut self, _: EndpointId, _: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        Review::AsPlanned
    }

    fn review(&mut self, _: &EndpointsView<'_>, _: &mut Standings, _: &mut Cx<'_>) -> Time {
        Time::NEVER
    }
}

impl QueuePolicy for Plainest {
    fn next(&mut self, _: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        Decision::of(Next::Oldest, WHY)
    }
}
