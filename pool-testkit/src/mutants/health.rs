//! Health policies that are wrong on purpose.

use std::collections::HashSet;
use std::time::Duration;

use pool_core::{
    Cx, EndpointId, EndpointsView, Factory, HealthPolicy, Membership, OptionError, Outcome, Plugin, Reason, Review,
    Standing, Standings, Time,
};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(SPEAKS_OF_THE_DEAD, "speaks-of-members"),
    Mutant::new(OVER_EASY, "eases-within-bounds"),
    Mutant::new(RESTLESS, "next-review-lies-ahead"),
    Mutant::new(BLAMES_ALL, "who-does-well-serves"),
    Mutant::new(UNFORGIVING, "who-rests-comes-back"),
    Mutant::new(STUMBLES, "survives-strange-news"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(HASHES, "can-be-replayed"),
    Mutant::new(NEVER_ALONE, "never-overruled"),
    Mutant::new(SET_IN_ITS_WAYS, "never-overruled"),
];

const FAILED: Reason = Reason::new("failed");
const REASONS: &[Reason] = &[FAILED];
const SECOND: Duration = Duration::from_secs(1);

/// The right thing, from which each mutant departs in one way: who fails rests for a second.
#[derive(Debug, Default)]
struct Rests {
    failing: HashSet<EndpointId>,
}

impl Rests {
    fn ended(&mut self, endpoint: EndpointId, outcome: Outcome) -> Review {
        if outcome == Outcome::Ok {
            return Review::AsPlanned;
        }
        self.failing.insert(endpoint);
        Review::Now
    }

    /// Says of each endpoint what follows, and forgets.
    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, now: Time) -> Time {
        for endpoint in endpoints.iter() {
            let standing = if self.failing.contains(&endpoint.id()) { Standing::Rests } else { Standing::Serves };
            standings.set(endpoint.id(), standing, FAILED);
        }
        self.failing.clear();
        now.after(SECOND)
    }
}

macro_rules! by_the_book {
    (ended) => {
        fn ended(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
            self.0.ended(endpoint, outcome)
        }
    };
    (review) => {
        fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
            self.0.review(endpoints, standings, cx.now)
        }
    };
}

plugin!(
    SPEAKS_OF_THE_DEAD = health HealthPolicy SpeaksOfTheDead("speaks-of-the-dead"),
    "It speaks of all whose leases ever failed, whether they are still there or not"
);

#[derive(Debug, Default)]
struct SpeaksOfTheDead(Rests);

impl HealthPolicy for SpeaksOfTheDead {
    by_the_book!(ended);

    fn review(&mut self, _: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let mut failing: Vec<_> = self.0.failing.iter().copied().collect();
        failing.sort();
        failing.into_iter().for_each(|id| standings.set(id, Standing::Rests, FAILED));
        cx.now.after(SECOND)
    }
}

plugin!(OVER_EASY = health HealthPolicy OverEasy("over-easy"), "It eases in more than there is");

#[derive(Debug, Default)]
struct OverEasy(Rests);

impl HealthPolicy for OverEasy {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let next = self.0.review(endpoints, standings, cx.now);
        endpoints.iter().take(1).for_each(|it| standings.set(it.id(), Standing::Eases(1.1), FAILED));
        next
    }
}

plugin!(RESTLESS = health HealthPolicy Restless("restless"), "Where one fails, it wants to be asked again at once");

#[derive(Debug, Default)]
struct Restless(Rests);

impl HealthPolicy for Restless {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let failing = !self.0.failing.is_empty();
        let next = self.0.review(endpoints, standings, cx.now);
        if failing { cx.now } else { next }
    }
}

plugin!(BLAMES_ALL = health HealthPolicy BlamesAll("blames-all"), "It lets all rest where one fails");

#[derive(Debug, Default)]
struct BlamesAll(Rests);

impl HealthPolicy for BlamesAll {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let standing = if self.0.failing.is_empty() { Standing::Serves } else { Standing::Rests };
        endpoints.iter().for_each(|it| standings.set(it.id(), standing, FAILED));
        self.0.failing.clear();
        cx.now.after(SECOND)
    }
}

plugin!(UNFORGIVING = health HealthPolicy Unforgiving("unforgiving"), "Who failed once rests for ever");

#[derive(Debug, Default)]
struct Unforgiving(Rests);

impl HealthPolicy for Unforgiving {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, _: &mut Cx<'_>) -> Time {
        let failing = endpoints.iter().filter(|it| self.0.failing.contains(&it.id()));
        failing.for_each(|it| standings.set(it.id(), Standing::Rests, FAILED));
        Time::NEVER
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Left(id) = change {
            self.0.failing.remove(&id);
        }
    }
}

plugin!(STUMBLES = health HealthPolicy Stumbles("stumbles"), "It takes for granted that it knows every endpoint");

#[derive(Debug, Default)]
struct Stumbles(Rests, HashSet<EndpointId>);

impl HealthPolicy for Stumbles {
    fn ended(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        assert!(self.1.contains(&endpoint), "it is part of the pool");
        self.0.ended(endpoint, outcome)
    }

    by_the_book!(review);

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(id, _) => drop(self.1.insert(id)),
            Membership::Left(id) => drop(self.1.remove(&id)),
            _ => {}
        }
    }
}

plugin!(SHOUTS = health HealthPolicy Shouts("shouts"), "Its reason is a sentence");

#[derive(Debug, Default)]
struct Shouts(Rests);

impl HealthPolicy for Shouts {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let next = self.0.review(endpoints, standings, cx.now);
        let said: Vec<_> = standings.iter().collect();
        said.into_iter().for_each(|(id, standing, _)| standings.set(id, standing, Reason::new("It failed.")));
        next
    }
}

plugin!(HASHES = health HealthPolicy Hashes("hashes"), "It speaks of endpoints in the order of a hash table");

#[derive(Debug, Default)]
struct Hashes(Rests);

impl HealthPolicy for Hashes {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        let all: HashSet<_> = endpoints.iter().map(|it| it.id()).collect();
        let standing = |id| if self.0.failing.contains(id) { Standing::Rests } else { Standing::Serves };
        all.iter().for_each(|id| standings.set(*id, standing(id), FAILED));
        self.0.failing.clear();
        cx.now.after(SECOND)
    }
}

plugin!(NEVER_ALONE = health HealthPolicy NeverAlone("never-alone"), "It takes for granted that there is an endpoint");

#[derive(Debug, Default)]
struct NeverAlone(Rests);

impl HealthPolicy for NeverAlone {
    by_the_book!(ended);

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, cx: &mut Cx<'_>) -> Time {
        assert!(!endpoints.is_empty(), "there is an endpoint");
        self.0.review(endpoints, standings, cx.now)
    }
}

plugin!(
    SET_IN_ITS_WAYS = health HealthPolicy SetInItsWays("set-in-its-ways"),
    "It takes for granted that endpoints only come and go"
);

#[derive(Debug, Default)]
struct SetInItsWays(Rests);

impl HealthPolicy for SetInItsWays {
    by_the_book!(ended);
    by_the_book!(review);

    fn membership(&mut self, change: Membership<'_>) {
        assert!(!matches!(change, Membership::Changed(..)), "endpoints do not change");
    }
}
