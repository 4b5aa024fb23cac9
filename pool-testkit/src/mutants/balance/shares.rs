//! Those that give too much or too little.

use std::collections::HashMap;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, Membership, OptionError, Plugin,
    Reason,
};

use super::super::{NoOptions, plugin};
use super::{InTurn, REASONS, TURN};

plugin!(SNUBS = balance BalancePolicy Snubs("snubs"), "Who joined later gets one grant in a thousand");

#[derive(Debug, Default)]
struct Snubs {
    began: bool,
    late: Vec<EndpointId>,
    turn: InTurn,
}

impl BalancePolicy for Snubs {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let all = || endpoints.eligible().map(|it| it.id());
        let generous = self.turn.granted % 1000 == 999;
        let some = self.turn.pick(all().filter(|id| self.late.contains(id) == generous));
        if some.choice.is_some() { some } else { self.turn.pick(all()) }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.began = true;
        self.turn.granted += 1;
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, _) if self.began => self.late.push(id),
            Membership::Left(id) => self.late.retain(|late| *late != id),
            _ => {}
        }
    }
}

/// The first of those that have least of something.
fn least<'a, K: Ord>(endpoints: &EndpointsView<'a>, of: impl Fn(&EndpointView<'a>) -> K) -> Decision<EndpointId> {
    Decision { choice: endpoints.eligible().min_by_key(|it| of(it)).map(|it| it.id()), reason: TURN }
}

plugin!(CATCHES_UP = balance BalancePolicy CatchesUp("catches-up"), "A newcomer gets what the others had before it");

#[derive(Debug, Default)]
struct CatchesUp {
    served: HashMap<EndpointId, u64>,
}

impl BalancePolicy for CatchesUp {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, |it| self.served.get(&it.id()).copied().unwrap_or(0))
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) {
        if endpoints.get(endpoint).is_some() {
            *self.served.entry(endpoint).or_default() += 1;
        }
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Left(id) = change {
            self.served.remove(&id);
        }
    }
}

plugin!(GULLIBLE = balance BalancePolicy Gullible("gullible"), "It takes one that fails at once for one that is free");

#[derive(Debug, Default)]
struct Gullible;

impl BalancePolicy for Gullible {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, EndpointView::in_flight)
    }
}
