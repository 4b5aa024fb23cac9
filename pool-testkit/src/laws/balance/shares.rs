//! Who gets how much.

use std::time::Duration;

use pool_core::{EndpointId, Outcome};

use crate::Subject;
use crate::law::Verdict;
use crate::rush::{Manner, Rush};
use crate::traffic::{SEEDS, Traffic, random_weights};

/// In the long run each has come so often, were all as it should be.
const DUE: usize = 60;

pub(super) fn nobody_starves(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let weights = random_weights(seed);
        let (mut traffic, endpoints) = Traffic::with_weights(subject, seed, &weights);
        all_served(&mut traffic, &endpoints).map_err(|found| format!("weights {weights:?}: {found}"))
    })
}

pub(super) fn newcomers(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let weights = random_weights(seed);
        let (mut traffic, _) = Traffic::with_weights(subject, seed, &weights);
        rounds(&mut traffic, 50)?;
        let newcomer = traffic.join(1);
        let (rounds, served) = long_run(&mut traffic, &[newcomer])?;
        if served[0] >= DUE / 4 {
            return Ok(());
        }
        Err(format!(
            "weights {weights:?} and a newcomer of weight 1: it was served {} times in {rounds} grants",
            served[0]
        ))
    })
}

pub(super) fn flood(subject: &Subject) -> Verdict {
    const DUE: usize = 20;
    subject.each_seed(SEEDS, |seed| {
        let others = 4 + seed as usize % 4;
        let (mut traffic, _) = Traffic::with_weights(subject, seed, &vec![1; others]);
        rounds(&mut traffic, 150 * others)?;
        let newcomer = traffic.join(1);
        let grants = DUE * (others + 1);
        let served = tally(&mut traffic, grants, &[newcomer])?[0];
        if served <= 4 * DUE {
            return Ok(());
        }
        Err(format!("beside {others} others a newcomer got {served} of the first {grants} grants, {DUE} are its due"))
    })
}

pub(super) fn places(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let weights = random_weights(seed);
        let (mut traffic, mut endpoints) = Traffic::with_weights(subject, seed, &weights);
        rounds(&mut traffic, 50)?;
        let gone = traffic.dice.below(endpoints.len());
        traffic.leave(endpoints[gone]);
        rounds(&mut traffic, 10)?;
        endpoints[gone] = traffic.join(1);
        all_served(&mut traffic, &endpoints)
            .map_err(|found| format!("weights {weights:?}, the place of number {gone} taken anew: {found}"))
    })
}

pub(super) fn fast_failures(subject: &Subject) -> Verdict {
    const GRANTS: usize = 1200;
    const MOST: usize = 25 * GRANTS / 10 / 6;
    subject.each_seed(4, |seed| {
        let (mut rush, endpoints) = Rush::new(subject, seed, 24, &[1; 6]);
        let ends = if seed % 2 == 0 { Outcome::Failed } else { Outcome::Broken };
        let fails = endpoints[seed as usize % endpoints.len()];
        rush.behaves(fails, Manner { takes: Duration::from_micros(100), ends });
        let served = rush.tally(GRANTS, &[fails])?[0];
        if served <= MOST {
            return Ok(());
        }
        Err(format!("of 6 one ends {} at once, and got {served} of {GRANTS} grants", ends.as_str()))
    })
}

/// Runs long enough for each of these to have been served many times over.
pub(super) fn all_served(traffic: &mut Traffic, endpoints: &[EndpointId]) -> Verdict {
    let (rounds, served) = long_run(traffic, endpoints)?;
    match served.iter().position(|&times| times == 0) {
        None => Ok(()),
        Some(at) => Err(format!("{} was never served in {rounds} grants, the others {served:?} times", endpoints[at])),
    }
}

/// So many rounds, and how often each of these was served, of whom one of weight 1 is due [`DUE`] times.
fn long_run(traffic: &mut Traffic, endpoints: &[EndpointId]) -> Result<(usize, Vec<usize>), String> {
    let weights: u32 = traffic.paper.endpoints_view().iter().map(|it| it.weight()).sum();
    let rounds = DUE * weights as usize;
    Ok((rounds, tally(traffic, rounds, endpoints)?))
}

fn tally(traffic: &mut Traffic, rounds: usize, endpoints: &[EndpointId]) -> Result<Vec<usize>, String> {
    let mut served = vec![0_usize; endpoints.len()];
    for _ in 0..rounds {
        let id = traffic.round()?;
        endpoints.iter().position(|&it| it == id).into_iter().for_each(|at| served[at] += 1);
    }
    Ok(served)
}

pub(super) fn rounds(traffic: &mut Traffic, rounds: usize) -> Verdict {
    (0..rounds).try_for_each(|_| traffic.round().map(|_| ()))
}
