//! Which endpoint serves.

use std::time::Duration;

use pool_core::{EndpointId, Membership, Outcome, Random};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::Reasons;
use crate::traffic::Traffic;

pub(crate) const LAWS: &[Law] = &[
    Law {
        name: "picks-the-eligible",
        says: "the pick is one of the eligible endpoints on view",
        check: picks_eligible,
    },
    Law { name: "picks-when-it-can", says: "of one, two or many it picks one", check: when_it_can },
    Law {
        name: "nobody-starves",
        says: "every endpoint with a weight is served in the long run",
        check: nobody_starves,
    },
    Law { name: "newcomers-are-noticed", says: "so is one that joins later", check: newcomers },
    Law { name: "places-are-not-people", says: "so is one that takes the place of one that left", check: places },
    Law { name: "a-pick-is-a-proposal", says: "asked again for the same grant it picks the same", check: proposal },
    Law {
        name: "survives-strange-news",
        says: "news of an endpoint that it does not know harm nothing",
        check: strange_news,
    },
    Law { name: "says-why", says: "every reason is a word in kebab-case, and they are few", check: says_why },
    Law { name: "can-be-replayed", says: "the same seed and inputs give the same answers", check: replayed },
];

const SEEDS: u64 = 16;
const ROUNDS: usize = 120;

fn picks_eligible(subject: &Subject) -> Verdict {
    stirred(subject, |traffic| traffic.round().map(|_| ()))
}

fn says_why(subject: &Subject) -> Verdict {
    for seed in 0..SEEDS {
        let mut reasons = Reasons::default();
        stirred_from(subject, seed, &mut |traffic| {
            reasons.add(traffic.pick().reason)?;
            traffic.round().map(|_| ())
        })?;
    }
    Ok(())
}

fn proposal(subject: &Subject) -> Verdict {
    stirred(subject, |traffic| {
        let (first, second) = (traffic.pick(), traffic.pick());
        if first != second {
            let differ = format!("it picked {:?} and, asked again, {:?}", first.choice, second.choice);
            return Err(format!("{differ}; count in `served`, not in `pick`"));
        }
        traffic.round().map(|_| ())
    })
}

fn replayed(subject: &Subject) -> Verdict {
    for seed in 0..SEEDS {
        let run = || {
            let mut picks = Vec::new();
            let end = stirred_from(subject, seed, &mut |traffic| {
                picks.push(traffic.pick());
                traffic.round().map(|_| ())
            });
            (picks, end)
        };
        let (first, second) = (run(), run());
        if first != second {
            let at = first.0.iter().zip(&second.0).position(|(one, other)| one != other);
            return Err(format!("with seed {seed} two runs differ from pick {at:?} on"));
        }
    }
    Ok(())
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

fn nobody_starves(subject: &Subject) -> Verdict {
    for seed in 0..SEEDS {
        let weights = random_weights(seed);
        let (mut traffic, endpoints) = Traffic::with_weights(subject, seed, &weights);
        all_served(&mut traffic, &endpoints).map_err(|found| format!("seed {seed}, weights {weights:?}: {found}"))?;
    }
    Ok(())
}

fn newcomers(subject: &Subject) -> Verdict {
    for seed in 0..SEEDS {
        let weights = random_weights(seed);
        let (mut traffic, mut endpoints) = Traffic::with_weights(subject, seed, &weights);
        rounds(&mut traffic, 50)?;
        endpoints.push(traffic.join(1));
        all_served(&mut traffic, &endpoints)
            .map_err(|found| format!("seed {seed}, weights {weights:?} and a newcomer of weight 1: {found}"))?;
    }
    Ok(())
}

fn places(subject: &Subject) -> Verdict {
    for seed in 0..SEEDS {
        let weights = random_weights(seed);
        let (mut traffic, mut endpoints) = Traffic::with_weights(subject, seed, &weights);
        rounds(&mut traffic, 50)?;
        let gone = traffic.dice.below(endpoints.len());
        traffic.leave(endpoints[gone]);
        rounds(&mut traffic, 10)?;
        endpoints[gone] = traffic.join(1);
        all_served(&mut traffic, &endpoints).map_err(|found| {
            format!("seed {seed}, weights {weights:?}, the place of number {gone} taken anew: {found}")
        })?;
    }
    Ok(())
}

fn strange_news(subject: &Subject) -> Verdict {
    let (mut traffic, endpoints) = Traffic::with_weights(subject, 1, &[1, 2, 3]);
    rounds(&mut traffic, 5)?;
    traffic.leave(endpoints[0]);
    for stranger in [endpoints[0], EndpointId::from_parts(70_000, 3), EndpointId::from_parts(1, 9)] {
        traffic.tell_served(stranger);
        traffic.feedback(stranger, Outcome::Broken, Duration::MAX);
        traffic.policy().membership(Membership::Left(stranger));
    }
    all_served(&mut traffic, &endpoints[1..])
}

/// Runs long enough for each of these to have been served many times over.
fn all_served(traffic: &mut Traffic, endpoints: &[EndpointId]) -> Verdict {
    let weights: u32 = traffic.paper.endpoints_view().iter().map(|it| it.weight()).sum();
    let rounds = 60 * weights as usize;
    let mut served = vec![0_usize; endpoints.len()];
    for _ in 0..rounds {
        let id = traffic.round()?;
        endpoints.iter().position(|&it| it == id).into_iter().for_each(|at| served[at] += 1);
    }
    match served.iter().position(|&times| times == 0) {
        None => Ok(()),
        Some(at) => Err(format!("{} was never served in {rounds} grants, the others {served:?} times", endpoints[at])),
    }
}

fn rounds(traffic: &mut Traffic, rounds: usize) -> Verdict {
    (0..rounds).try_for_each(|_| traffic.round().map(|_| ()))
}

/// Two to six endpoints that have a weight.
fn random_weights(seed: u64) -> Vec<u32> {
    let mut dice = Random::with_seed(seed);
    let count = 2 + dice.below(5);
    (0..count).map(|_| 1 + u32::try_from(dice.below(5)).unwrap_or(0)).collect()
}

/// Many pools whose endpoints join, leave, fill up and fall sick; asked whenever a pick is possible.
fn stirred(subject: &Subject, ask: impl Fn(&mut Traffic) -> Verdict) -> Verdict {
    (0..SEEDS).try_for_each(|seed| stirred_from(subject, seed, &mut |traffic| ask(traffic)))
}

fn stirred_from(subject: &Subject, seed: u64, ask: &mut dyn FnMut(&mut Traffic) -> Verdict) -> Verdict {
    let (mut traffic, _) = Traffic::with_weights(subject, seed, &random_weights(seed));
    for round in 0..ROUNDS {
        if traffic.dice.below(3) == 0 {
            traffic.stir();
        }
        if traffic.can_pick() {
            ask(&mut traffic).map_err(|found| format!("with seed {seed}, round {round}: {found}"))?;
        }
    }
    Ok(())
}
