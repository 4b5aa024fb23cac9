//! What is counted of the policies' decisions is what was decided, by the short cut too; and each close is told,
//! with the reason for which it is counted.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::world::{Tally, World};
use super::{Planted, STEPS};
use crate::CloseReason;
use crate::machine::Detail;

/// Plays a run: what was counted, what was told, and how often the short cut was taken.
fn played(shape: u64, steps: &[(u8, u16)], detail: Detail) -> (Tally, Tally, [u64; 4]) {
    let mut world = World::telling(shape, Planted::default(), detail);
    for &(step, choice) in steps {
        world.step(step, choice);
    }
    world.wind_up().expect("the books balance, as another test holds");
    let counted = world.machine.snapshot(world.now).decisions;
    let counted = counted.into_iter().map(|row| ((row.role, row.policy, row.reason), row.count)).collect();
    (counted, world.decided, world.machine.quick)
}

/// Permits that are lost too: a task may die with its connection.
#[test]
fn every_close_that_is_counted_was_told_with_its_reason_and_then_told_as_done() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let run = (any::<u64>(), vec(any::<(u8, u16)>(), 1..=STEPS));
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let reached = std::cell::RefCell::new(BTreeMap::<CloseReason, u64>::new());
    TestRunner::new_with_rng(config, rng)
        .run(&run, |(shape, steps)| {
            let mut world = World::telling(shape, Planted::default(), Detail::Notable);
            for &(step, choice) in &steps {
                world.step(step, choice);
            }
            prop_assert_eq!(world.wind_up(), Ok(()));
            let counted = world.machine.snapshot(world.now).closes.into_iter().filter(|(_, count)| *count > 0);
            prop_assert_eq!(&counted.collect::<BTreeMap<_, _>>(), &world.evicted);
            prop_assert_eq!(&world.complaint, &None);
            prop_assert!(world.going.is_empty(), "never told as closed: {:?}", world.going);
            let mut reached = reached.borrow_mut();
            world.evicted.into_iter().for_each(|(why, count)| *reached.entry(why).or_default() += count);
            Ok(())
        })
        .expect("what is counted is what was told");
    let reached = reached.into_inner();
    assert!(reached.get(&CloseReason::LOST).is_some_and(|&lost| lost > 40), "hardly any was lost: {reached:?}");
}

/// The same run twice: once every event is told, so that all goes the long way, and once none is.
#[test]
fn counted_decisions_are_those_that_were_told_and_those_of_the_short_cut_too() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let run = (any::<u64>(), vec(any::<(u8, u16)>(), 1..=STEPS));
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let reached = std::cell::RefCell::new((Tally::new(), [0; 4]));
    TestRunner::new_with_rng(config, rng)
        .run(&run, |(shape, steps)| {
            let (counted, told, quick) = played(shape, &steps, Detail::All);
            prop_assert_eq!(&counted, &told);
            prop_assert_eq!(quick, [0; 4]);
            let (silent, untold, quick) = played(shape, &steps, Detail::Off);
            prop_assert_eq!(&silent, &counted);
            prop_assert_eq!(untold, BTreeMap::new());
            let mut reached = reached.borrow_mut();
            counted.into_iter().for_each(|(what, count)| *reached.0.entry(what).or_default() += count);
            reached.1.iter_mut().zip(quick).for_each(|(sum, more)| *sum += more);
            Ok(())
        })
        .expect("what is counted is what was decided");
    let (decided, quick) = reached.into_inner();
    assert!(quick.iter().all(|&times| times > 40), "the short cut was hardly taken: {quick:?}");
    let roles: std::collections::BTreeSet<_> = decided.keys().map(|(role, ..)| *role).collect();
    assert_eq!(roles.len(), crate::Role::ALL.len(), "not every role decided: {decided:?}");
}
