//! The machine is proved before the shell stands on it: random inputs, and after each the books are
//! checked from scratch.
//!
//! A run is a list of numbers, so that a failing one shrinks. `world` plays all that is around a
//! machine and keeps its own, simpler account; `audit` compares.

mod audit;
mod axes;
mod decided;
mod scenes;
mod steps;
mod upkeep;
mod waiting;
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::world::World;
use crate::{CloseReason, RefusalKind, Snapshot};

/// Faults that a test plants, to see that the proof catches them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Planted {
    /// Lost permits are not drawn in.
    pub(crate) permits: bool,
    /// The last in the queue is served first.
    pub(crate) order: bool,
    /// A share that comes back stays counted.
    pub(crate) shares: bool,
    /// Dials begin beyond the limit.
    pub(crate) limit: bool,
}

/// Steps in a run: up to so many, half of it on average.
const STEPS: usize = 800;

/// What was reached in all runs: a proof that stays in one corner proves little.
#[derive(Debug, Default)]
struct Reached {
    steps: usize,
    refused: BTreeSet<RefusalKind>,
    closed: BTreeSet<CloseReason>,
    waited: u64,
    elided: u64,
    /// After so many steps something was owed in the place of others that had gone.
    owed: usize,
    /// By the short cut: lent, parked, queued, handed off.
    quick: [u64; 4],
}

impl Reached {
    fn note(&mut self, steps: usize, end: &Snapshot, quick: [u64; 4]) {
        self.steps += steps;
        self.quick.iter_mut().zip(quick).for_each(|(sum, more)| *sum += more);
        self.refused.extend(end.refusals.iter().filter(|(_, count)| *count > 0).map(|(kind, _)| *kind));
        self.closed.extend(end.closes.iter().map(|(why, _)| *why));
        self.waited += end.counters().waited;
        self.elided += end.counters().dials_elided;
    }
}

/// Plays a run: a seed for the pool's shape, then its steps.
fn play(shape: u64, steps: &[(u8, u16)], planted: Planted, reached: &RefCell<Reached>) -> Result<(), String> {
    let mut world = World::new(shape, planted);
    for (number, &(step, choice)) in steps.iter().enumerate() {
        let name = world.step(step, choice);
        reached.borrow_mut().owed += usize::from(world.machine.owed > 0);
        world
            .audit()
            .map_err(|wrong| format!("after step {number} ({name}): {wrong}; the pool: {:?}", world.scene.options))?;
    }
    world.wind_up().map_err(|wrong| format!("at the end: {wrong}"))?;
    reached.borrow_mut().note(steps.len(), &world.machine.snapshot(world.now), world.machine.quick);
    Ok(())
}

type Failure = TestError<(u64, Vec<(u8, u16)>)>;

/// The same runs each time, or others: `CLEARPOOL_PROOF_SEED=7 cargo test -p pool-core books`.
fn seed() -> [u8; 32] {
    let number: u64 = std::env::var("CLEARPOOL_PROOF_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

fn runs(cases: u32, planted: Planted) -> Result<Reached, Failure> {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let run = (any::<u64>(), vec(any::<(u8, u16)>(), 1..=STEPS));
    let reached = RefCell::default();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed());
    TestRunner::new_with_rng(config, rng)
        .run(&run, |(shape, steps)| play(shape, &steps, planted, &reached).map_err(TestCaseError::fail))?;
    Ok(reached.into_inner())
}

/// A million steps: the invariants named in ARCHITECTURE.md hold after each.
#[test]
fn books_balance_after_a_million_random_steps() {
    let reached = match runs(3_000, Planted::default()) {
        Ok(reached) => reached,
        Err(TestError::Fail(why, (shape, steps))) => panic!("{why}\nshape {shape}, {} steps: {steps:?}", steps.len()),
        Err(TestError::Abort(why)) => panic!("{why}"),
    };
    assert!(reached.steps >= 1_000_000, "only {} steps were played", reached.steps);
    assert!(reached.waited > 10_000 && reached.elided > 100, "{reached:?}");
    assert!(reached.quick.iter().all(|&times| times > 250), "{reached:?}");
    let pruned = CloseReason { policy: "half", reason: scenes::PRUNED };
    assert!(reached.owed > 1_000 && reached.closed.contains(&pruned), "{reached:?}");
    let unreached: Vec<_> = CloseReason::OF_THE_POOL.iter().filter(|why| !reached.closed.contains(why)).collect();
    assert!(unreached.is_empty(), "not every close was reached: {unreached:?}");
    assert_eq!(reached.refused.len(), RefusalKind::ALL.len(), "not every refusal was reached: {:?}", reached.refused);
}

fn is_caught(planted: Planted) -> String {
    match runs(400, planted) {
        Err(TestError::Fail(why, _)) => why.to_string(),
        other => panic!("the planted fault {planted:?} was not caught: {other:?}"),
    }
}

#[test]
fn a_planted_fault_in_permit_return_is_caught() {
    let why = is_caught(Planted { permits: true, ..Planted::default() });
    assert!(why.contains("open"), "{why}");
}

#[test]
fn a_planted_fault_in_waiter_order_is_caught() {
    let why = is_caught(Planted { order: true, ..Planted::default() });
    assert!(why.contains("before") || why.contains("takes nothing idle"), "{why}");
}

#[test]
fn a_planted_fault_in_share_count_is_caught() {
    let why = is_caught(Planted { shares: true, ..Planted::default() });
    assert!(why.contains("share"), "{why}");
}

#[test]
fn a_planted_fault_in_the_limit_is_caught() {
    let why = is_caught(Planted { limit: true, ..Planted::default() });
    assert!(why.contains("limit"), "{why}");
}
