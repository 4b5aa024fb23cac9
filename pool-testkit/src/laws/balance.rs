//! Which endpoint serves.

mod shares;

use std::time::Duration;

use pool_core::{EndpointId, Membership, Outcome};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::traffic::{ROUNDS, SEEDS, Traffic, random_weights};
use shares::{all_served, rounds};

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "picks-the-eligible",
        "the pick is one of the eligible endpoints on view",
        "pick from `endpoints.eligible()`, or ask `is_eligible` of what you remember",
        picks_eligible,
    ),
    Law::new(
        "picks-when-it-can",
        "of one, two or many it picks one",
        "whatever the weights are, answer with `Decision::of`: all of weight 0 are eligible too",
        when_it_can,
    ),
    Law::new(
        "nobody-starves",
        "every endpoint with a weight is served in the long run, with many different keys",
        "if it serves only some on purpose, say so: `Conformance::waive(\"nobody-starves\", \"…\")`",
        shares::nobody_starves,
    ),
    Law::new(
        "newcomers-are-noticed",
        "one that joins later gets at least a quarter of its share",
        "look at the view at each pick, or heed `membership`",
        shares::newcomers,
    ),
    Law::new(
        "newcomers-are-not-flooded",
        "one that joins later gets at most four times its share at first",
        "let it begin where the others stand, not at zero",
        shares::flood,
    ),
    Law::new(
        "places-are-not-people",
        "one that takes the place of one that left is served too",
        "an `EndpointId` is index and generation: compare both, and forget who left",
        shares::places,
    ),
    Law::new(
        "fast-failures-attract-nothing",
        "an endpoint that fails everything at once gets at most two and a half times its share",
        "few leases in flight and short ones are no merit where they fail: see `pool_core::FailureRates`",
        shares::fast_failures,
    ),
    Law::new(
        "a-pick-is-a-proposal",
        "asked again for the same grant it picks the same",
        "count in `served`, not in `pick`",
        proposal,
    ),
    Law::new(
        "survives-strange-news",
        "news of an endpoint that it does not know harm nothing",
        "a lease may end, and a caller be served, when its endpoint has left",
        strange_news,
    ),
];

fn picks_eligible(subject: &Subject) -> Verdict {
    stirred(subject, |traffic| traffic.round().map(|_| ()))
}

fn proposal(subject: &Subject) -> Verdict {
    stirred(subject, |traffic| {
        let (first, second) = (traffic.pick(), traffic.pick());
        if first != second {
            return Err(format!("it picked {:?} and, asked again, {:?}", first.choice, second.choice));
        }
        traffic.round().map(|_| ())
    })
}

fn when_it_can(subject: &Subject) -> Verdict {
    for size in [1, 2, 300] {
        for weight in [1, 0, u32::MAX] {
            let (mut traffic, _) = Traffic::with_weights(subject, 1, &vec![weight; size]);
            for _ in 0..3 {
                traffic.round().map_err(|found| format!("{size} endpoints of weight {weight}: {found}"))?;
            }
        }
    }
    Ok(())
}

fn strange_news(subject: &Subject) -> Verdict {
    let (mut traffic, endpoints) = Traffic::with_weights(subject, 1, &[1, 2, 3]);
    rounds(&mut traffic, 5)?;
    traffic.leave(endpoints[0]);
    for stranger in [endpoints[0], EndpointId::from_parts(70_000, 3), EndpointId::from_parts(1, 9)] {
        traffic.tell_served(stranger);
        traffic.tell_feedback(stranger, Outcome::Broken, Duration::MAX);
        traffic.policy().membership(Membership::Left(stranger));
    }
    all_served(&mut traffic, &endpoints[1..])
}

/// Many pools whose endpoints join, leave, fill up and fall sick; asked whenever a pick is possible.
fn stirred(subject: &Subject, ask: impl Fn(&mut Traffic) -> Verdict) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let (mut traffic, _) = Traffic::with_weights(subject, seed, &random_weights(seed));
        for round in 0..ROUNDS {
            if traffic.dice.below(3) == 0 {
                traffic.stir();
            }
            if traffic.can_pick() {
                ask(&mut traffic).map_err(|found| format!("round {round}: {found}"))?;
            }
        }
        Ok(())
    })
}
