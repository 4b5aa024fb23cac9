//! The pitfalls of other pools that are decided in the machine, by their numbers.
//!
//! Those of the shell (wake-ups, cancellation, panics, runtimes) are in pool-tokio.

use std::time::Duration;

use pool_core::{
    Change, CloseReason, Cx, Decision, Endpoint, HumanDuration, LeaseView, Named, Plan, Policies, PoolOptions, Reason,
    RefusalKind, ReleasePolicy, Settle, State, What,
};
use pool_sim::{Call, Dial, Sim, Standing};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn limits(max_open: u32, min_idle: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options.limits.min_idle = min_idle;
    options
}

fn plan(options: PoolOptions) -> Plan {
    Plan { options, ..Plan::default() }
}

fn with_evict(options: PoolOptions, evict: Named<dyn pool_core::EvictPolicy>) -> Plan {
    let mut policies = Policies::plain();
    policies.evict.push(evict);
    Plan { options, policies, seed: 7 }
}

fn dials(sim: &Sim) -> usize {
    sim.events().iter().filter(|event| matches!(event.what, What::DialStarted { .. })).count()
}

#[test]
fn t03_a_returned_connection_goes_to_the_one_who_waits_not_to_a_newcomer() {
    let mut sim = Sim::new(plan(limits(1, 0)), ["a"]);
    let holder = sim.acquire();
    let first = sim.acquire();
    let second = sim.acquire();
    sim.release(holder);
    let newcomer = sim.acquire();
    assert_eq!(sim.conn_of(first), Some(1), "{}", sim.timeline());
    assert!(sim.is_waiting(second) && sim.is_waiting(newcomer));
    sim.release(first);
    assert_eq!(sim.conn_of(second), Some(1));
    sim.release(second);
    assert_eq!(sim.conn_of(newcomer), Some(1));
}

#[test]
fn t07_resize_storm() {
    let mut sim = Sim::new(plan(limits(8, 0)), ["a"]);
    sim.script().dials("a", Dial::ok(ms(10)));
    let mut held: Vec<_> = (0..12).map(|_| sim.acquire()).collect();
    for max_open in [1, 6, 2, 12, 1, 3] {
        sim.set_options(limits(max_open, 0));
        sim.advance(ms(3));
        if let Some(caller) = held.pop() {
            sim.release(caller);
            sim.cancel(caller);
        }
    }
    sim.advance(ms(100));
    for caller in held {
        sim.release(caller);
        sim.cancel(caller);
    }
    sim.advance(ms(100));
    let end = sim.snapshot();
    assert!(end.open() <= 3, "{}", sim.timeline());
    assert_eq!((end.count(State::Idle), end.leases, end.pending), (end.open(), 0, 0));
}

#[test]
fn t08_the_limit_holds_after_a_failed_reset() {
    let release: Box<dyn ReleasePolicy> = Box::new(AlwaysReset);
    let policies = Policies { release: Named::new("always-reset", release), ..Policies::plain() };
    let mut sim = Sim::new(Plan { options: limits(2, 0), policies, seed: 1 }, ["a"]);
    sim.script().reset = (ms(5), false);
    sim.script().close = ms(5);
    for _ in 0..20 {
        let (one, two, three) = (sim.acquire(), sim.acquire(), sim.acquire());
        for caller in [one, two, three] {
            sim.release(caller);
            assert!(sim.snapshot().open() <= 2, "{}", sim.timeline());
            sim.advance(ms(7));
        }
    }
    sim.advance(ms(100));
    let failed = sim.events().iter().filter(|event| matches!(event.what, What::Reset { error: Some(_), .. })).count();
    let end = sim.snapshot();
    let closed = end.closes.iter().find(|(why, _)| *why == CloseReason::RESET_FAILED).map(|(_, count)| *count);
    assert_eq!((failed, closed), (60, Some(60)), "each was reset, and went for it: {}", sim.timeline());
    assert_eq!((end.open(), end.leases, end.pending), (0, 0, 0));
}

/// Has every connection reset that comes back.
#[derive(Debug)]
struct AlwaysReset;

impl ReleasePolicy for AlwaysReset {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Reset, Reason::new("always"))
    }
}

#[test]
fn t09_a_dial_that_never_returns_costs_its_caller_its_timeout_and_the_pool_no_place() {
    let mut options = limits(1, 0);
    options.wait.timeout = HumanDuration::from_millis(100);
    options.dial.timeout = HumanDuration::from_millis(500);
    let mut sim = Sim::new(plan(options), ["a"]);
    sim.script().next_dial("a", Dial::hangs());
    let caller = sim.acquire();
    sim.advance(ms(99));
    assert!(sim.is_waiting(caller));
    sim.advance(ms(1));
    assert_eq!(sim.standing(caller), Standing::Refused(RefusalKind::Timeout));
    sim.advance(ms(1000));
    assert_eq!(sim.snapshot().open(), 0, "the place is free at the dial's deadline: {}", sim.timeline());
    let later = sim.acquire();
    assert_eq!(sim.endpoint_of(later), Some("a"));
}

#[test]
fn t11_all_idle_connections_dead_at_once_cost_one_check_not_one_each() {
    let mut options = limits(20, 0);
    options.upkeep.check_after_idle = HumanDuration::from_millis(50);
    options.upkeep.check_timeout = HumanDuration::from_millis(200);
    let mut sim = Sim::new(plan(options), ["a"]);
    let all: Vec<_> = (0..20).map(|_| sim.acquire()).collect();
    all.into_iter().for_each(|caller| sim.release(caller));
    sim.advance(ms(100));
    sim.script().check = (Duration::MAX, false);
    let caller = sim.acquire();
    sim.advance(ms(200));
    assert!(matches!(sim.standing(caller), Standing::Holding(_, waited) if waited == ms(200)), "{}", sim.timeline());
    let suspects = sim.snapshot().closes.iter().find(|(why, _)| *why == CloseReason::SUSPECT).map(|(_, n)| *n);
    assert_eq!(suspects, Some(19));
}

#[test]
fn t12_a_dead_backend_is_dialed_at_most_a_hundred_times_a_second_and_its_error_is_shared() {
    let mut sim = Sim::new(plan(limits(10, 0)), ["a"]);
    sim.script().dials("a", Dial::fails(Duration::ZERO));
    let first: Vec<_> = (0..1000).map(|_| sim.acquire()).collect();
    for caller in &first {
        assert_eq!(sim.standing(*caller), Standing::Refused(RefusalKind::Dial));
    }
    let before = dials(&sim);
    for _ in 0..1000 {
        sim.advance(ms(1));
        for _ in 0..64 {
            let caller = sim.acquire();
            assert_eq!(sim.standing(caller), Standing::Refused(RefusalKind::Dial), "the error comes back at once");
        }
    }
    let dials = dials(&sim) - before;
    assert!((1..=100).contains(&dials), "{dials} dials in a second");
}

#[test]
fn t12_what_heals_is_found_within_a_back_off() {
    let mut sim = Sim::new(plan(limits(10, 0)), ["a"]);
    sim.script().dials("a", Dial::fails(Duration::ZERO));
    for _ in 0..3 {
        sim.acquire();
        sim.advance(ms(200));
    }
    sim.script().dials("a", Dial::ok(Duration::ZERO));
    sim.advance(ms(200));
    let caller = sim.acquire();
    assert_eq!(sim.endpoint_of(caller), Some("a"), "{}", sim.timeline());
}

#[test]
fn t13_a_cohort_does_not_expire_at_once() {
    let ttl: Box<dyn pool_core::EvictPolicy> = build(&pool_evict_ttl::PLUGIN, r#"{"max_age": "100s", "jitter": 0.2}"#);
    let mut sim = Sim::new(with_evict(limits(50, 0), Named::new("ttl", ttl)), ["a"]);
    let all: Vec<_> = (0..50).map(|_| sim.acquire()).collect();
    all.into_iter().for_each(|caller| sim.release(caller));
    let mut left = Vec::new();
    for _ in 0..22 {
        sim.advance(Duration::from_secs(1));
        left.push(sim.snapshot().count(State::Idle));
        if left.len() == 1 {
            sim.advance(Duration::from_secs(79));
        }
    }
    let most_at_once = left.windows(2).map(|pair| pair[0] - pair[1]).max();
    assert!(most_at_once.is_some_and(|most| most <= 12), "{left:?}");
    assert_eq!(left.last(), Some(&0), "{left:?}");
}

#[test]
fn t14_idle_time_never_takes_the_pool_under_min_idle() {
    let idle: Box<dyn pool_core::EvictPolicy> =
        build(&pool_evict_idle_timeout::PLUGIN, r#"{"after": "1s", "when": ["background"]}"#);
    let mut sim = Sim::new(with_evict(limits(10, 3), Named::new("idle-timeout", idle)), ["a"]);
    let all: Vec<_> = (0..10).map(|_| sim.acquire()).collect();
    all.into_iter().for_each(|caller| sim.release(caller));
    let before = dials(&sim);
    for _ in 0..100 {
        sim.advance(ms(500));
        assert!(sim.snapshot().count(State::Idle) >= 3, "{}", sim.timeline());
    }
    assert_eq!(sim.snapshot().count(State::Idle), 3);
    assert_eq!(dials(&sim), before, "what stays is not replaced either");
}

#[test]
fn t22_the_books_of_endpoints_that_left_are_empty_and_the_limit_is_global() {
    let mut sim = Sim::new(plan(limits(4, 0)), ["a", "b", "c"]);
    let all: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
    assert_eq!(sim.snapshot().open(), 4);
    sim.set_endpoints(["d"]);
    let waiting = sim.acquire();
    assert!(sim.is_waiting(waiting), "the limit is over all endpoints");
    all.into_iter().for_each(|caller| sim.release(caller));
    assert_eq!(sim.endpoint_of(waiting), Some("d"), "{}", sim.timeline());
    let names: Vec<_> = sim.snapshot().endpoints.iter().map(|e| e.endpoint.name().to_owned()).collect();
    assert_eq!(names, ["d"]);
    assert_eq!(sim.snapshot().counters().acquired, 5, "what was counted stays counted");
}

#[test]
fn t23_an_endpoint_that_comes_back_is_used_and_a_dead_one_is_not() {
    let mut sim = Sim::new(plan(limits(10, 0)), ["a", "b"]);
    sim.set_endpoints(["b"]);
    sim.set_endpoints(["a", "b"]);
    sim.script().dials("b", Dial::fails(Duration::ZERO));
    for _ in 0..20 {
        let caller = sim.acquire();
        assert_eq!(sim.endpoint_of(caller), Some("a"), "{}", sim.timeline());
        sim.release(caller);
        sim.advance(ms(1));
    }
    sim.script().dials("b", Dial::ok(Duration::ZERO));
    sim.advance(Duration::from_secs(10));
    let both: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
    assert!(both.iter().any(|&caller| sim.endpoint_of(caller) == Some("b")), "{}", sim.timeline());
}

#[test]
fn t24_an_endpoint_that_fails_fast_does_not_attract_load_and_a_newcomer_is_not_flooded() {
    let balance = build_balance(&pool_balance_smooth_weighted::PLUGIN);
    let mut policies = Policies::plain();
    policies.balance = Named::new("smooth-weighted", balance);
    let mut sim = Sim::new(Plan { options: limits(30, 0), policies, seed: 1 }, ["a", "b"]);
    sim.script().dials("b", Dial::fails(Duration::ZERO));
    for _ in 0..1000 {
        let caller = sim.acquire();
        assert_eq!(sim.endpoint_of(caller), Some("a"), "{}", sim.timeline());
        sim.release(caller);
        sim.advance(ms(1));
    }
    let failed = sim.snapshot().counters().dial_failures;
    assert!((1..=20).contains(&failed), "{failed} dials in a second to the one that fails fast");

    sim.script().dials("b", Dial::ok(Duration::ZERO));
    sim.advance(Duration::from_secs(60));
    for _ in 0..100 {
        let caller = sim.acquire();
        sim.release(caller);
    }
    assert!(sim.snapshot().endpoints.iter().all(|at| at.counters.acquired > 0), "what heals is used again");
    sim.set_endpoints(["a", "b", "c"]);
    let mut served = std::collections::HashMap::<String, u32>::new();
    for _ in 0..30 {
        let caller = sim.acquire();
        *served.entry(sim.endpoint_of(caller).expect("granted").to_owned()).or_default() += 1;
        sim.release(caller);
    }
    let newcomer = served.get("c").copied().unwrap_or(0);
    assert!((8..=12).contains(&newcomer), "{served:?}");
}

#[test]
fn t25_odd_sets_of_endpoints_are_errors_not_panics() {
    let mut none = Sim::new(Plan::default(), Vec::<Endpoint>::new());
    let caller = none.acquire();
    assert_eq!(none.standing(caller), Standing::Refused(RefusalKind::NoEndpoint));

    let mut weightless = Sim::new(Plan::default(), [Endpoint::new("a").weight(0), Endpoint::new("b").weight(0)]);
    let caller = weightless.acquire();
    assert!(weightless.endpoint_of(caller).is_some(), "where all weigh nothing, weights mean nothing");

    let many = (0..70_000).map(|n| Endpoint::new(format!("e{n}")));
    let mut many = Sim::new(Plan::default(), many);
    let caller = many.acquire();
    assert!(many.endpoint_of(caller).is_some());

    let mut twice = Sim::new(Plan::default(), ["a", "a"]);
    let caller = twice.acquire();
    assert_eq!(twice.endpoint_of(caller), Some("a"));
    assert_eq!(twice.snapshot().endpoints.len(), 1);
}

#[test]
fn t28_zero_means_at_once_and_never_means_never() {
    let mut options = limits(1, 0);
    options.wait.timeout = HumanDuration::ZERO;
    let mut sim = Sim::new(plan(options.clone()), ["a"]);
    sim.script().dials("a", Dial::ok(ms(5)));
    let caller = sim.acquire();
    assert_eq!(sim.standing(caller), Standing::Refused(RefusalKind::Timeout), "nothing was ready at once");
    sim.advance(ms(5));
    let ready = sim.acquire();
    assert_eq!(sim.conn_of(ready), Some(1), "what was dialed for the first is there for the next");

    options.wait.timeout = HumanDuration::NEVER;
    sim.set_options(options);
    let patient = sim.acquire();
    sim.advance(Duration::from_secs(1_000_000_000));
    assert!(sim.is_waiting(patient));
    sim.release(ready);
    assert_eq!(sim.conn_of(patient), Some(1));
}

#[test]
fn one_endpoint_and_no_other_is_waited_for_and_gets_room_made() {
    let mut sim = Sim::new(plan(limits(2, 0)), ["a", "b"]);
    let at = |name: &str| Call { endpoint: Some(name.to_owned()), ..Call::default() };
    let (one, two) = (sim.acquire_with(&at("a")), sim.acquire_with(&at("a")));
    let three = sim.acquire_with(&at("b"));
    assert!(sim.is_waiting(three), "the pool is full");
    sim.release(one);
    assert_eq!(sim.endpoint_of(three), Some("b"), "an idle connection made room: {}", sim.timeline());
    sim.release(two);
    assert_eq!(sim.snapshot().open(), 2);
}

#[test]
fn lru_names_the_least_recently_used_over_the_whole_pool() {
    let lru: Box<dyn pool_core::EvictPolicy> = build(&pool_evict_lru::PLUGIN, "{}");
    let mut options = limits(10, 0);
    options.limits.max_idle = Some(2);
    let mut sim = Sim::new(with_evict(options, Named::new("lru", lru)), ["a", "b"]);
    let all: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    let first = sim.conn_of(all[0]);
    all.iter().for_each(|&caller| sim.release(caller));
    assert_eq!(sim.snapshot().count(State::Idle), 2);
    let left: Vec<_> = (0..2).map(|_| sim.acquire()).collect();
    let left: Vec<_> = left.iter().map(|&caller| sim.conn_of(caller)).collect();
    assert!(!left.contains(&first), "the first released went: {}", sim.timeline());
    let why = sim.snapshot().closes;
    assert_eq!(why.len(), 1);
    assert_eq!(why[0].0.policy, "lru");
}

#[test]
fn policies_can_be_swapped_on_a_live_pool_and_connections_stay() {
    let mut sim = Sim::new(plan(limits(3, 0)), ["a"]);
    let all: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    all.iter().for_each(|&caller| sim.release(caller));
    let newest = sim.acquire();
    assert_eq!(sim.conn_of(newest), Some(3));
    sim.release(newest);
    let fifo = match pool_acquire_fifo::PLUGIN.builder {
        pool_core::Builder::Acquire(build) => build(serde_json::json!({})).expect("no options"),
        _ => unreachable!("an acquire policy"),
    };
    sim.reconfigure(Change { acquire: Some(Named::new("fifo", fifo)), ..Change::default() });
    let oldest = sim.acquire();
    assert_eq!(sim.conn_of(oldest), Some(1), "{}", sim.timeline());
    assert_eq!(dials(&sim), 3);
}

fn build(plugin: &pool_core::Plugin, options: &str) -> Box<dyn pool_core::EvictPolicy> {
    match plugin.builder {
        pool_core::Builder::Evict(build) => build(serde_json::from_str(options).expect("JSON")).expect("good options"),
        _ => unreachable!("an evict policy"),
    }
}

fn build_balance(plugin: &pool_core::Plugin) -> Box<dyn pool_core::BalancePolicy> {
    match plugin.builder {
        pool_core::Builder::Balance(build) => build(serde_json::json!({})).expect("good options"),
        _ => unreachable!("a balance policy"),
    }
}
