//! The laws of every evict policy, the order that this one promises, and what it does in a pool.

use std::time::Duration;

use pool_core::{Named, Plan, Policies, PoolOptions};
use pool_evict_lfu::{Lfu, LfuOptions, PLUGIN};
use pool_sim::{Call, Sim};

pool_testkit::conformance!(PLUGIN, { "warm_up": "0s" }, { "warm_up": "never" });

#[test]
fn of_equals_the_oldest_goes_first() {
    pool_testkit::promise::victims_in_order(PLUGIN, &[1, 2, 3]);
}

/// Five endpoints, and room for three idle connections: what callers ask for often stays, whatever they ask for last.
#[test]
fn in_a_pool_what_is_used_often_is_kept() {
    let mut options = PoolOptions::default();
    options.limits.max_idle = Some(3);
    let lfu = Lfu::new(&LfuOptions::default());
    let policies = Policies { evict: vec![Named::new("lfu", Box::new(lfu))], ..Policies::plain() };
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a", "b", "c", "d", "e"]);
    for round in 0..100 {
        // Two busy ones each time, and the other three in turn.
        for endpoint in ["a", "b", ["c", "d", "e"][round % 3]] {
            let caller = sim.acquire_with(&Call { endpoint: Some(endpoint.into()), ..Call::default() });
            sim.advance(Duration::from_millis(10));
            sim.release(caller);
        }
    }
    let dials = |name: &str| {
        let snapshot = sim.snapshot();
        let endpoint = snapshot.endpoints.iter().find(|endpoint| endpoint.endpoint.name() == name);
        endpoint.map(|endpoint| endpoint.counters.dials)
    };
    assert_eq!([dials("a"), dials("b")], [Some(1), Some(1)], "the busy ones were never closed");
    assert!(["c", "d", "e"].iter().all(|name| dials(name) > Some(20)), "the others had one place for the three");
}
