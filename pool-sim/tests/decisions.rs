//! What the policies decided, counted and told, in a scenario that can be counted by hand.

use std::time::Duration;

use pool_core::{Outcome, Plan, PoolOptions, Reason, Role, What};
use pool_sim::{Dial, Sim};

fn counted(sim: &Sim, role: Role, word: &'static str) -> u64 {
    let decisions = sim.snapshot().decisions;
    decisions.iter().filter(|row| (row.role, row.reason) == (role, Reason::new(word))).map(|row| row.count).sum()
}

fn told(sim: &Sim, wanted: Role, word: &'static str) -> u64 {
    let fits =
        |what: &What| matches!(what, What::Decided { role, reason, .. } if (*role, reason.as_str()) == (wanted, word));
    sim.events().iter().filter(|event| fits(&event.what)).count() as u64
}

#[test]
fn each_decision_is_counted_once_and_told_once_and_a_hand_off_is_none() {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    let mut sim = Sim::new(Plan { options, ..Plan::default() }, ["a", "b"]);
    for endpoint in ["a", "b"] {
        sim.script().dials(endpoint, Dial::ok(Duration::from_millis(5)));
    }
    // Both are dialed for callers that wait: two picks of an endpoint, and no choice of a connection.
    let first = [sim.acquire(), sim.acquire()];
    sim.advance(Duration::from_millis(5));
    // A third waits, and is handed what the first gives back: the release policy decides that it is kept.
    let third = sim.acquire();
    sim.release(first[0]);
    sim.release(first[1]);
    sim.release(third);
    // Two more find one ready each: a pick and a choice for either. What is broken is asked about no more.
    let ready = [sim.acquire(), sim.acquire()];
    sim.release_as(ready[0], Outcome::Broken);
    sim.release(ready[1]);

    for (role, word, times) in [(Role::Balance, "in-turn", 4), (Role::Acquire, "newest", 2), (Role::Release, "keep", 4)]
    {
        assert_eq!(counted(&sim, role, word), times, "{role:?}: {}", sim.timeline());
        assert_eq!(told(&sim, role, word), times, "{role:?}: {}", sim.timeline());
    }
    assert_eq!(sim.snapshot().decisions.iter().map(|row| row.count).sum::<u64>(), 10);
}
