//! The plainest policies: what a pool does when nobody chose.

use crate::{
    AcquirePolicy, AcquireRule, BalancePolicy, Cx, Decision, EndpointId, EndpointsView, EntryId, IdleView, LeaseView,
    Named, Policies, Reason, ReleasePolicy, ReleaseRule, Settle,
};

const NEWEST: Reason = Reason::new("newest");
const KEEP: Reason = Reason::new("keep");
const IN_TURN: Reason = Reason::new("in-turn");

pub(crate) fn policies() -> Policies {
    Policies {
        acquire: Named::new("plain", Box::new(Newest)),
        release: Named::new("plain", Box::new(Keep)),
        evict: Vec::new(),
        balance: Named::new("plain", Box::new(InTurn::default())),
        health: None,
        queue: None,
    }
}

#[derive(Debug)]
struct Newest;

impl AcquirePolicy for Newest {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: NEWEST }
    }

    fn rule(&self) -> Option<AcquireRule> {
        Some(AcquireRule::Newest(NEWEST))
    }
}

#[derive(Debug)]
struct Keep;

impl ReleasePolicy for Keep {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, KEEP)
    }

    fn rule(&self) -> Option<ReleaseRule> {
        Some(ReleaseRule::Keep(KEEP))
    }
}

/// The eligible endpoint served least recently; of several, the first.
#[derive(Debug, Default)]
struct InTurn {
    served: Vec<u64>,
    turn: u64,
}

impl InTurn {
    fn last(&self, endpoint: EndpointId) -> u64 {
        self.served.get(endpoint.index()).copied().unwrap_or(0)
    }
}

impl BalancePolicy for InTurn {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let choice = endpoints.eligible().map(|endpoint| endpoint.id()).min_by_key(|&id| self.last(id));
        Decision { choice, reason: IN_TURN }
    }

    fn served(&mut self, endpoint: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        if self.served.len() <= endpoint.index() {
            self.served.resize(endpoint.index() + 1, 0);
        }
        self.turn += 1;
        self.served[endpoint.index()] = self.turn;
    }
}
