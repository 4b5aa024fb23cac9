//! The laws of every evict policy, and what this one does in a pool.

use std::time::Duration;

use pool_core::{Named, Plan, Policies, PoolOptions};
use pool_evict_adaptive_idle::{AdaptiveIdle, AdaptiveIdleOptions, PLUGIN};
use pool_sim::{CallerId, Dial, Sim};
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "every": "1s" }, { "every": "1h", "spare": 3 });

const EVERY: Duration = Duration::from_secs(5);

/// A pool of at most 100 to one endpoint, where each dial takes 10 ms.
fn pool(set: impl FnOnce(&mut PoolOptions)) -> Sim {
    let policy = AdaptiveIdle::new(&AdaptiveIdleOptions::default()).expect("the default makes sense");
    let mut options = PoolOptions::default();
    options.limits.max_open = 100;
    options.dial.max_concurrent = 100;
    set(&mut options);
    let policies = Policies { evict: vec![Named::new("adaptive-idle", Box::new(policy))], ..Policies::plain() };
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a"]);
    sim.script().dials("a", Dial::ok(Duration::from_millis(10)));
    sim
}

/// So many callers at once, each of whom has a connection for a second.
fn burst(sim: &mut Sim, callers: usize) {
    let callers: Vec<CallerId> = (0..callers).map(|_| sim.acquire()).collect();
    sim.advance(Duration::from_secs(1));
    callers.into_iter().for_each(|caller| sim.release(caller));
}

/// What is open after each of so many rounds, under bursts of so many.
fn open_after_rounds(sim: &mut Sim, rounds: usize, callers: usize) -> Vec<u32> {
    let round = |_| {
        burst(sim, callers);
        sim.advance(EVERY - Duration::from_secs(1));
        sim.snapshot().open()
    };
    (0..rounds).map(round).collect()
}

#[test]
fn when_the_load_falls_the_pool_shrinks_by_halves_to_what_is_needed() {
    let mut sim = pool(|_| {});
    assert_eq!(open_after_rounds(&mut sim, 1, 50), [50]);
    let open = open_after_rounds(&mut sim, 12, 5);
    assert_eq!(open, [50, 38, 27, 18, 12, 9, 7, 6, 5, 5, 5, 5]);
    assert_eq!(sim.made(), 50, "none was closed that had to be dialed again");
}

#[test]
fn under_a_steady_load_nothing_is_closed_and_nothing_dialed() {
    let mut sim = pool(|_| {});
    let open = open_after_rounds(&mut sim, 100, 20);
    assert_eq!(open, [20; 100]);
    assert_eq!(sim.made(), 20);
}

#[test]
fn after_the_last_caller_all_goes_but_what_the_pool_must_keep() {
    let mut sim = pool(|options| options.limits.min_idle = 3);
    open_after_rounds(&mut sim, 1, 50);
    sim.advance(20 * EVERY);
    let made = sim.made();
    assert_eq!(sim.snapshot().open(), 3);
    sim.advance(100 * EVERY);
    assert_eq!((sim.snapshot().open(), sim.made()), (3, made), "nor is one closed to be dialed again");
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "every": "0s" })), "every");
    promise::refused(Subject::new(PLUGIN, json!({ "spare": -1 })), "spare");
}
