//! Balance policies that are wrong on purpose.

mod heirs;
mod shares;

pub use heirs::LONG_ARM;
pub use shares::{CATCHES_UP, GULLIBLE, SNUBS};

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointsView, Factory, Membership, OptionError, Outcome, Plugin, Reason,
};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(BLIND, "picks-the-eligible"),
    Mutant::new(SHY, "picks-when-it-can"),
    Mutant::new(FEEDS_THE_WEIGHTLESS, "picks-the-eligible"),
    Mutant::new(STARVES_THE_LAST, "nobody-starves"),
    Mutant::new(CLOSED_SOCIETY, "newcomers-are-noticed"),
    Mutant::new(SNUBS, "newcomers-are-noticed"),
    Mutant::new(CATCHES_UP, "newcomers-are-not-flooded"),
    Mutant::new(GULLIBLE, "fast-failures-attract-nothing"),
    Mutant::new(BEARS_GRUDGES, "places-are-not-people"),
    Mutant::new(COUNTS_IN_PICK, "a-pick-is-a-proposal"),
    Mutant::new(STUMBLES, "survives-strange-news"),
    Mutant::new(OWN_DICE, "can-be-replayed"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(SET_IN_ITS_WAYS, "never-overruled"),
    Mutant::new(HASTY, "never-overruled"),
    Mutant::new(LONG_ARM, "inherits-with-care"),
];

const TURN: Reason = Reason::new("turn");
const REASONS: &[Reason] = &[TURN];

/// The right thing, from which each mutant departs in one way: in turn.
#[derive(Debug, Default)]
struct InTurn {
    granted: usize,
}

impl InTurn {
    fn pick(&self, from: impl Iterator<Item = EndpointId>) -> Decision<EndpointId> {
        let all: Vec<_> = from.collect();
        Decision { choice: all.get(self.granted % all.len().max(1)).copied(), reason: TURN }
    }
}

fn ids<'a>(endpoints: &EndpointsView<'a>) -> impl Iterator<Item = EndpointId> + use<'a> {
    endpoints.eligible().map(|it| it.id())
}

plugin!(BLIND = balance BalancePolicy Blind("blind"), "It does not ask whether its pick can serve");

#[derive(Debug, Default)]
struct Blind(InTurn);

impl BalancePolicy for Blind {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0.pick(endpoints.iter().filter(|it| it.weight() > 0).map(|it| it.id()))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.0.granted += 1;
    }
}

plugin!(SHY = balance BalancePolicy Shy("shy"), "It does not pick where there is no choice");

#[derive(Debug, Default)]
struct Shy(InTurn);

impl BalancePolicy for Shy {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        if endpoints.len() < 2 { Decision::none(TURN) } else { self.0.pick(ids(endpoints)) }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.0.granted += 1;
    }
}

plugin!(
    FEEDS_THE_WEIGHTLESS = balance BalancePolicy FeedsTheWeightless("feeds-the-weightless"),
    "It takes what has no weight for what can always serve"
);

#[derive(Debug, Default)]
struct FeedsTheWeightless(InTurn);

impl BalancePolicy for FeedsTheWeightless {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0.pick(endpoints.iter().filter(|it| it.is_eligible() || it.weight() == 0).map(|it| it.id()))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.0.granted += 1;
    }
}

plugin!(
    STARVES_THE_LAST = balance BalancePolicy StarvesTheLast("starves-the-last"),
    "It is off by one, so that the last of several gets nothing"
);

#[derive(Debug, Default)]
struct StarvesTheLast(InTurn);

impl BalancePolicy for StarvesTheLast {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let count = ids(endpoints).count();
        self.0.pick(ids(endpoints).take((count - 1).max(1)))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.0.granted += 1;
    }
}

plugin!(
    CLOSED_SOCIETY = balance BalancePolicy ClosedSociety("closed-society"),
    "It serves from those that it knew at its first pick"
);

#[derive(Debug, Default)]
struct ClosedSociety {
    members: Option<HashSet<EndpointId>>,
    turn: InTurn,
}

impl BalancePolicy for ClosedSociety {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let members = self.members.get_or_insert_with(|| endpoints.iter().map(|it| it.id()).collect());
        let known = ids(endpoints).filter(|id| members.contains(id));
        let pick = self.turn.pick(known);
        if pick.choice.is_some() { pick } else { self.turn.pick(ids(endpoints)) }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += 1;
    }
}

plugin!(
    BEARS_GRUDGES = balance BalancePolicy BearsGrudges("bears-grudges"),
    "It takes one that joins for the one that had its place, and left"
);

#[derive(Debug, Default)]
struct BearsGrudges {
    left: HashSet<usize>,
    turn: InTurn,
}

impl BalancePolicy for BearsGrudges {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let pick = self.turn.pick(ids(endpoints).filter(|id| !self.left.contains(&id.index())));
        if pick.choice.is_some() { pick } else { self.turn.pick(ids(endpoints)) }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += 1;
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Left(id) = change {
            self.left.insert(id.index());
        }
    }
}

plugin!(
    COUNTS_IN_PICK = balance BalancePolicy CountsInPick("counts-in-pick"),
    "It takes its own pick for a grant"
);

#[derive(Debug, Default)]
struct CountsInPick(InTurn);

impl BalancePolicy for CountsInPick {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0.granted += 1;
        self.0.pick(ids(endpoints))
    }
}

plugin!(STUMBLES = balance BalancePolicy Stumbles("stumbles"), "It takes for granted that it knows every endpoint");

#[derive(Debug, Default)]
struct Stumbles(InTurn);

impl BalancePolicy for Stumbles {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0.pick(ids(endpoints))
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) {
        let served = endpoints.get(endpoint).expect("it is part of the pool");
        self.0.granted += usize::from(served.is_healthy() || !served.is_healthy());
    }
}

plugin!(OWN_DICE = balance BalancePolicy OwnDice("own-dice"), "It brings randomness of its own, which no seed replays");

#[derive(Debug, Default)]
struct OwnDice {
    dice: RandomState,
    turn: InTurn,
}

impl BalancePolicy for OwnDice {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        let granted = self.dice.hash_one(self.turn.granted) as usize;
        InTurn { granted }.pick(ids(endpoints))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += 1;
    }
}

plugin!(SHOUTS = balance BalancePolicy Shouts("shouts"), "It has a reason for every day of the month");

#[derive(Debug, Default)]
struct Shouts(InTurn);

const MANY: [&str; 20] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

impl BalancePolicy for Shouts {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        Decision { reason: Reason::new(MANY[self.0.granted % MANY.len()]), ..self.0.pick(ids(endpoints)) }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.0.granted += 1;
    }
}

plugin!(
    SET_IN_ITS_WAYS = balance BalancePolicy SetInItsWays("set-in-its-ways"),
    "It takes for granted that a weight never changes"
);

#[derive(Debug, Default)]
struct SetInItsWays {
    weights: HashMap<EndpointId, u32>,
    turn: InTurn,
}

impl BalancePolicy for SetInItsWays {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        for endpoint in endpoints.eligible() {
            assert_eq!(self.weights.get(&endpoint.id()), Some(&endpoint.weight()), "a weight stays");
        }
        self.turn.pick(ids(endpoints))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += 1;
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, endpoint) => drop(self.weights.insert(id, endpoint.weight)),
            Membership::Left(id) => drop(self.weights.remove(&id)),
            _ => {}
        }
    }
}

plugin!(HASTY = balance BalancePolicy Hasty("hasty"), "It divides by the time that a lease took");

#[derive(Debug, Default)]
struct Hasty {
    per_second: u128,
    turn: InTurn,
}

impl BalancePolicy for Hasty {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        self.turn.pick(ids(endpoints))
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.turn.granted += 1;
    }

    fn wants_feedback(&self) -> bool {
        true
    }

    fn feedback(&mut self, _: EndpointId, _: Outcome, took: Duration, _: &mut Cx<'_>) {
        self.per_second = Duration::from_secs(1).as_nanos() / took.as_nanos();
    }
}
