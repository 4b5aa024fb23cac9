//! What it does for a pool, in a real machine under the virtual clock.

use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::{Builder, Change, Endpoint, HealthPolicy, Named, Outcome, Plan, Policies, What};
use pool_health_outlier_ejection::PLUGIN;
use pool_sim::Sim;
use pool_testkit::json;
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

/// A pool of so many endpoints, `e0` and so on.
fn pool(endpoints: usize, options: Value) -> Sim {
    let health = Some(policy(options));
    let plan = Plan { policies: Policies { health, ..Policies::plain() }, seed: 1, ..Plan::default() };
    Sim::new(plan, (0..endpoints).map(|n| Endpoint::new(format!("e{n}"))))
}

fn policy(options: Value) -> Named<dyn HealthPolicy> {
    let Builder::Health(build) = PLUGIN.builder else { panic!("a health policy") };
    Named::new(PLUGIN.kind, build(options).expect("options that make sense"))
}

/// So many leases one after the other, a hundred a second; those at `sick` fail. Gives how many each endpoint served.
fn work(sim: &mut Sim, leases: usize, sick: &[&str]) -> BTreeMap<String, usize> {
    let mut served = BTreeMap::new();
    for _ in 0..leases {
        let caller = sim.acquire();
        let endpoint = sim.endpoint_of(caller).expect("served at once").to_owned();
        let outcome = if sick.contains(&&*endpoint) { Outcome::Failed } else { Outcome::Ok };
        *served.entry(endpoint).or_default() += 1;
        sim.release_as(caller, outcome);
        sim.advance(SECOND / 100);
    }
    served
}

fn served(counts: &BTreeMap<String, usize>, endpoint: &str) -> usize {
    counts.get(endpoint).copied().unwrap_or(0)
}

/// What was said of endpoints, in its order.
fn said(sim: &Sim) -> Vec<String> {
    let lines = sim.events().iter().filter_map(|event| match &event.what {
        What::EndpointRests { endpoint, reason, .. } => Some(format!("{} rests: {reason}", endpoint.name())),
        What::EndpointServes { endpoint, reason, .. } => Some(format!("{} serves: {reason}", endpoint.name())),
        _ => None,
    });
    lines.collect()
}

#[test]
fn one_that_fails_five_times_in_a_row_rests_and_the_others_take_its_load() {
    let mut sim = pool(3, json!({}));
    let counts = work(&mut sim, 300, &["e1"]);
    assert_eq!(served(&counts, "e1"), 5, "{counts:?}");
    assert!(served(&counts, "e0") > 140 && served(&counts, "e2") > 140, "{counts:?}");
    assert_eq!(said(&sim), ["e1 rests: consecutive-failures"]);
}

#[test]
fn it_comes_back_gently_and_rests_longer_when_it_fails_again() {
    let mut sim = pool(3, json!({ "slow_start": { "window": "20s" } }));
    work(&mut sim, 100, &["e1"]);
    sim.advance(31 * SECOND);
    // A tenth of a third at first, growing; well by now.
    let first = served(&work(&mut sim, 200, &[]), "e1");
    assert!((1..25).contains(&first), "{first} of 200 just after it came back");
    sim.advance(20 * SECOND);
    let whole = served(&work(&mut sim, 300, &[]), "e1");
    assert!((95..=105).contains(&whole), "{whole} of 300 when it is eased in");
    assert_eq!(said(&sim), ["e1 rests: consecutive-failures", "e1 serves: eased-in"]);
}

#[test]
fn the_second_rest_is_twice_as_long() {
    let mut sim = pool(3, json!({ "slow_start": { "window": "0s" }, "interval": "10m" }));
    work(&mut sim, 30, &["e1"]);
    sim.advance(30 * SECOND);
    assert_eq!(served(&work(&mut sim, 30, &["e1"]), "e1"), 5, "back, and ejected again");
    sim.advance(50 * SECOND);
    assert_eq!(served(&work(&mut sim, 30, &[]), "e1"), 0, "it rests still");
    sim.advance(11 * SECOND);
    assert_eq!(served(&work(&mut sim, 30, &[]), "e1"), 10);
}

#[test]
fn one_whose_success_rate_is_far_below_the_mean_rests_at_the_end_of_the_interval() {
    let mut sim = pool(10, json!({ "consecutive_failures": 0, "success_rate": { "min_leases": 90 } }));
    let counts = work(&mut sim, 1_500, &["e7"]);
    assert!((99..=101).contains(&served(&counts, "e7")), "until the interval ends: {counts:?}");
    assert_eq!(said(&sim), ["e7 rests: success-rate"]);
}

#[test]
fn too_large_a_share_of_failures_is_enough() {
    let mut sim = pool(10, json!({ "consecutive_failures": 0, "success_rate": { "factor": 0.0 } }));
    work(&mut sim, 1_500, &["e7"]);
    assert_eq!(said(&sim), ["e7 rests: failure-share"]);
}

#[test]
fn no_more_rest_than_may() {
    let mut sim = pool(10, json!({ "max_resting": 0.2 }));
    work(&mut sim, 500, &["e1", "e3", "e5", "e7"]);
    assert_eq!(said(&sim).len(), 2, "{:?}", said(&sim));
    let mut sim = pool(2, json!({ "max_resting": 0.0 }));
    work(&mut sim, 500, &["e0", "e1"]);
    assert_eq!(said(&sim).len(), 1, "one may always rest: {:?}", said(&sim));
}

#[test]
fn one_that_would_make_it_too_many_does_not_rest() {
    let mut sim = pool(11, json!({}));
    work(&mut sim, 500, &["e1", "e3", "e5"]);
    assert_eq!(said(&sim), ["e1 rests: consecutive-failures"], "two of eleven are more than a tenth");
    // Two of three would be more than half, and would make all serve.
    let mut sim = pool(3, json!({ "max_resting": 0.5 }));
    let counts = work(&mut sim, 600, &["e1", "e2"]);
    assert_eq!(said(&sim).len(), 1, "{:?}", said(&sim));
    assert!(served(&counts, "e0") > 290, "{counts:?}");
}

#[test]
fn as_many_rest_as_the_share_says_exactly() {
    for (endpoints, share, rest) in [(3, 2.0 / 3.0, 2), (10, 0.3, 3), (25, 0.28, 7), (4, 1.0, 4)] {
        let mut sim = pool(endpoints, json!({ "max_resting": share, "panic_threshold": 0.0 }));
        let all: Vec<_> = (0..endpoints).map(|n| format!("e{n}")).collect();
        work(&mut sim, 200, &all.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(said(&sim).len(), rest, "{share} of {endpoints}: {:?}", said(&sim));
    }
}

#[test]
fn if_too_few_would_serve_all_serve() {
    let mut sim = pool(4, json!({ "max_resting": 1.0 }));
    work(&mut sim, 40, &["e0", "e1"]);
    assert_eq!(said(&sim).len(), 2, "half of them may rest");
    let counts = work(&mut sim, 400, &["e0", "e1", "e2", "e3"]);
    assert!(counts.values().all(|&served| served > 80), "{counts:?}");
    assert!(said(&sim).contains(&"e0 serves: panic".to_owned()), "{:?}", said(&sim));
}

#[test]
fn a_shorter_interval_is_in_force_after_a_reload() {
    let options =
        |interval| json!({ "interval": interval, "consecutive_failures": 0, "success_rate": { "factor": 0.0 } });
    let mut sim = pool(10, options("24h"));
    work(&mut sim, 100, &[]);
    sim.reconfigure(Change { health: Some(Some(policy(options("10s")))), ..Change::default() });
    work(&mut sim, 1_500, &["e7"]);
    assert_eq!(said(&sim), ["e7 rests: failure-share"]);
}

#[test]
fn one_that_leaves_and_comes_back_begins_anew() {
    let mut sim = pool(3, json!({}));
    work(&mut sim, 100, &["e1"]);
    sim.set_endpoints(["e0", "e2"]);
    sim.set_endpoints(["e0", "e1", "e2"]);
    let counts = work(&mut sim, 90, &[]);
    assert_eq!(served(&counts, "e1"), 30, "{counts:?}");
}

#[test]
fn a_pool_in_which_nothing_happens_is_left_alone() {
    let mut sim = pool(3, json!({}));
    work(&mut sim, 100, &["e1"]);
    sim.advance(3600 * SECOND);
    let next = sim.with_machine(|machine, _| machine.next_wake());
    assert!(next.is_never(), "the driver is woken at {next:?} for nothing");
}

#[test]
fn those_of_weight_0_are_not_counted() {
    let weighing = |weight| {
        [("e0", 1), ("e1", 1), ("e2", weight), ("e3", weight)].map(|(name, weight)| Endpoint::new(name).weight(weight))
    };
    // Both that serve fail: half of all would be left, and none of those that serve.
    let mut sim = pool(4, json!({ "max_resting": 1.0 }));
    sim.set_endpoints(weighing(0));
    let counts = work(&mut sim, 60, &["e0", "e1"]);
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["e0", "e1"], "{counts:?}");
    assert!(said(&sim).contains(&"e0 serves: panic".to_owned()), "{:?}", said(&sim));
    // With a weight they count again, and serve for those that fail.
    sim.set_endpoints(weighing(1));
    let counts = work(&mut sim, 200, &["e0", "e1"]);
    assert!(served(&counts, "e2") + served(&counts, "e3") > 180, "{counts:?}");
}
