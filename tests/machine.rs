//! Scenes in which the machine once went wrong, each in the real machine under the virtual clock.

use std::time::Duration;

use pool_core::{
    Builder, Endpoint, EvictPolicy, HumanDuration, Machine, Named, Plan, Plugin, Policies, PoolOptions, RefusalKind,
    State, Victim, What,
};
use pool_sim::{Call, Dial, Sim, Standing};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn limited(max_open: u32) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options
}

fn plan(options: PoolOptions) -> Plan {
    Plan { options, ..Plan::default() }
}

fn dials_at(sim: &Sim, name: &str) -> usize {
    let here = |what: &What| matches!(what, What::DialStarted { endpoint, .. } if endpoint.name() == name);
    sim.events().iter().filter(|event| here(&event.what)).count()
}

fn closed(sim: &Sim, reason: &str) -> u64 {
    sim.snapshot().closes.iter().filter(|(why, _)| why.reason.as_str() == reason).map(|(_, count)| count).sum()
}

fn build(plugin: &Plugin, options: &str) -> Box<dyn EvictPolicy> {
    match plugin.builder {
        Builder::Evict(build) => build(serde_json::from_str(options).expect("JSON")).expect("good options"),
        _ => unreachable!("an evict policy"),
    }
}

/// An idle time-out that the floor holds back, and a maximum age that it does not.
fn rested_and_aged() -> Plan {
    let mut options = limited(4);
    options.limits.min_idle = 2;
    let mut policies = Policies::plain();
    let idle_timeout = build(&pool_evict_idle_timeout::PLUGIN, r#"{"after": "100ms"}"#);
    let ttl = build(&pool_evict_ttl::PLUGIN, r#"{"max_age": "1s", "jitter": 0.0}"#);
    policies.evict.push(Named::new("idle-timeout", idle_timeout));
    policies.evict.push(Named::new("ttl", ttl));
    Plan { options, policies, seed: 1 }
}

#[test]
fn the_floor_of_one_policy_does_not_hold_back_another() {
    let mut sim = Sim::new(rested_and_aged(), ["a"]);
    sim.advance(ms(900));
    assert_eq!((sim.snapshot().count(State::Idle), closed(&sim, "max-age")), (2, 0), "{}", sim.timeline());
    sim.advance(ms(200));
    // Both went by age, and `min_idle` had two others made.
    assert_eq!((sim.snapshot().count(State::Idle), closed(&sim, "max-age")), (2, 2), "{}", sim.timeline());
    assert_eq!(closed(&sim, "idle-timeout"), 0);
}

#[test]
fn a_cold_burst_is_spread_over_the_endpoints_by_weight() {
    let mut options = limited(8);
    options.dial.max_concurrent = 8;
    let endpoints = [Endpoint::new("a").weight(5), Endpoint::new("b").weight(2), Endpoint::new("c").weight(1)];
    let mut sim = Sim::new(plan(options), endpoints);
    for name in ["a", "b", "c"] {
        sim.script().dials(name, Dial::ok(ms(5)));
    }
    let callers: Vec<_> = (0..8).map(|_| sim.acquire()).collect();
    let spread = ["a", "b", "c"].map(|name| dials_at(&sim, name));
    assert_eq!(spread, [5, 2, 1], "{}", sim.timeline());
    sim.advance(ms(5));
    assert!(callers.iter().all(|caller| sim.conn_of(*caller).is_some()));
}

#[test]
fn an_endpoint_that_never_answers_leaves_dials_to_the_others() {
    let mut options = limited(10);
    options.dial.max_concurrent = 8;
    options.wait.timeout = HumanDuration::from_secs(1);
    let mut sim = Sim::new(plan(options), ["a", "b", "c"]);
    sim.script().dials("a", Dial::hangs());
    let callers: Vec<_> = (0..7).map(|_| sim.acquire()).collect();
    sim.advance(ms(999));
    let (served, waiting): (Vec<_>, Vec<_>) = callers.into_iter().partition(|caller| sim.conn_of(*caller).is_some());
    // One dial hangs, and one caller waits for it, or for what comes back first.
    assert_eq!((served.len(), waiting.len(), dials_at(&sim, "a")), (6, 1, 1), "{}", sim.timeline());
    sim.release(served[0]);
    assert!(sim.conn_of(waiting[0]).is_some());
}

#[test]
fn idle_connections_where_no_load_may_go_make_room_for_those_who_wait() {
    let mut sim = Sim::new(plan(limited(2)), ["z"]);
    let holders = [sim.acquire(), sim.acquire()];
    holders.into_iter().for_each(|caller| sim.release(caller));
    sim.set_endpoints([Endpoint::new("z").weight(0), Endpoint::new("a")]);
    let caller = sim.acquire();
    assert_eq!(sim.endpoint_of(caller), Some("a"), "{}", sim.timeline());
    assert_eq!(closed(&sim, "make-room"), 1, "{}", sim.timeline());
}

#[test]
fn a_dial_that_can_serve_nobody_any_more_does_not_count_as_supply() {
    let mut sim = Sim::new(plan(limited(4)), ["a"]);
    sim.script().dials("a", Dial::hangs());
    let caller = sim.acquire();
    sim.set_endpoints(["b"]);
    assert_eq!(sim.endpoint_of(caller), Some("b"), "its endpoint left: {}", sim.timeline());

    let mut sim = Sim::new(plan(limited(4)), ["a"]);
    sim.script().next_dial("a", Dial::hangs());
    let caller = sim.acquire();
    sim.with_machine(Machine::clear);
    assert_eq!(sim.endpoint_of(caller), Some("a"), "it was cleared: {}", sim.timeline());
}

#[test]
fn dials_that_fail_together_are_one_failure_of_the_endpoint() {
    let mut options = limited(8);
    options.dial.max_concurrent = 8;
    options.dial.breaker_failures = 5;
    let mut sim = Sim::new(plan(options), ["a"]);
    sim.script().dials("a", Dial::fails(ms(5)));
    let callers: Vec<_> = (0..8).map(|_| sim.acquire()).collect();
    sim.advance(ms(5));
    assert!(callers.iter().all(|caller| sim.standing(*caller) == Standing::Refused(RefusalKind::Dial)));
    let endpoint = &sim.snapshot().endpoints[0];
    assert_eq!((endpoint.failures, endpoint.broken, endpoint.counters.dial_failures), (1, false, 8));
}

#[test]
fn a_newcomer_does_not_overtake_one_who_waits_for_a_check() {
    let mut options = limited(2);
    options.upkeep.check_after_idle = HumanDuration::from_secs(30);
    let mut policies = Policies::plain();
    policies.acquire = Named::new("fifo", Box::new(pool_acquire_fifo::Fifo));
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a"]);
    let (stale, fresh) = (sim.acquire(), sim.acquire());
    sim.release(stale);
    sim.advance(Duration::from_secs(31));
    sim.release(fresh);
    sim.script().check = (ms(500), true);
    let first = sim.acquire();
    assert!(sim.is_waiting(first), "its connection is being checked");
    let newcomer = sim.acquire();
    assert_eq!(sim.conn_of(first), Some(2), "what is fit goes to who came first: {}", sim.timeline());
    assert!(sim.is_waiting(newcomer));
    sim.advance(ms(500));
    assert_eq!(sim.conn_of(newcomer), Some(1));
}

#[test]
fn two_limits_may_cost_the_same_connection_its_place() {
    let mut options = limited(4);
    options.limits.max_idle = Some(0);
    options.limits.max_idle_per_endpoint = Some(1);
    (options.limits.victim, options.limits.victim_per_endpoint) = (Victim::Incoming, Victim::Incoming);
    let mut sim = Sim::new(plan(options), ["a"]);
    sim.script().dials("a", Dial::shared(ms(0), 1));
    let (one, two) = (sim.acquire(), sim.acquire());
    // The first is idle, can serve nobody, and counts as idle all the same.
    sim.with_machine(Machine::tick);
    sim.release(one);
    sim.release(two);
    let end = sim.snapshot();
    assert_eq!((end.open(), closed(&sim, "max-idle")), (0, 2), "{}", sim.timeline());
}

#[test]
fn a_capacity_without_bounds_is_counted_without_overflow() {
    let mut sim = Sim::new(plan(limited(8)), ["a", "b"]);
    for name in ["a", "b"] {
        sim.script().dials(name, Dial::shared(ms(5), u32::MAX));
    }
    let first = sim.acquire();
    sim.advance(ms(5));
    assert!(sim.conn_of(first).is_some());
    sim.with_machine(Machine::clear);
    let bound = Call { endpoint: Some("b".to_owned()), ..Call::default() };
    let callers = [sim.acquire_with(&bound), sim.acquire(), sim.acquire_with(&bound), sim.acquire()];
    sim.advance(ms(5));
    assert!(callers.iter().all(|caller| sim.conn_of(*caller).is_some()), "{}", sim.timeline());
}

#[test]
fn the_count_of_dials_never_falls() {
    let mut sim = Sim::new(plan(limited(2)), ["a"]);
    let holder = sim.acquire();
    let before = sim.snapshot().counters().dials;
    // A dial is wanted, and before the driver takes it the connection comes back.
    let wanted = sim.with_machine(|machine, now| {
        let want = pool_core::Want { asked: now, deadline: now.after(ms(100)), ..pool_core::Want::default() };
        let waiting = machine.acquire(&want, std::task::Waker::noop(), now);
        assert!(matches!(waiting, pool_core::Acquire::Waiting(_)));
        machine.snapshot(now).counters().dials
    });
    assert_eq!(wanted, before, "it has not begun");
    assert_eq!(sim.snapshot().counters().dials, before + 1, "now it has");
    sim.release(holder);
}

#[test]
fn when_the_last_hope_goes_those_who_wait_are_told_at_once() {
    let mut options = limited(1);
    options.dial.backoff_min = HumanDuration::from_secs(10);
    options.dial.backoff_max = HumanDuration::from_secs(10);
    let mut sim = Sim::new(plan(limited(2)), ["a"]);
    sim.set_options(options.clone());
    let holder = sim.acquire();
    let waiter = sim.acquire();
    // The endpoint goes down while its only connection is out, and that breaks.
    options.limits.max_open = 2;
    sim.script().dials("a", Dial::fails(ms(0)));
    sim.set_options(options);
    assert!(sim.is_waiting(waiter), "{}", sim.timeline());
    sim.release_as(holder, pool_core::Outcome::Broken);
    assert_eq!(sim.standing(waiter), Standing::Refused(RefusalKind::Dial), "{}", sim.timeline());
}

#[test]
fn a_dial_that_succeeds_takes_back_what_was_said_of_its_endpoint() {
    let mut options = limited(1);
    options.wait.timeout = HumanDuration::from_millis(50);
    options.dial.backoff_min = HumanDuration::from_millis(1);
    let mut sim = Sim::new(plan(options), ["a"]);
    sim.script().next_dial("a", Dial::fails(ms(1)));
    let refused = sim.acquire();
    sim.advance(ms(100));
    assert_eq!(sim.standing(refused), Standing::Refused(RefusalKind::Dial));
    let _holder = sim.acquire();
    let told = sim.with_machine(|machine, now| {
        let want = pool_core::Want { asked: now, deadline: now, ..pool_core::Want::default() };
        match machine.acquire(&want, std::task::Waker::noop(), now) {
            pool_core::Acquire::Refused(refusal) => refusal.last_dial.map(|dial| dial.fault),
            _ => panic!("there is nothing to be had"),
        }
    });
    assert_eq!(told, None, "that dial failed before the last one succeeded");
}

#[test]
fn each_lease_of_a_shared_connection_is_held_for_itself() {
    let mut options = limited(1);
    options.lease.overdue_after = HumanDuration::from_millis(100);
    let mut sim = Sim::new(plan(options), ["a"]);
    sim.script().dials("a", Dial::shared(ms(0), 8));
    let slow = sim.acquire();
    for _ in 0..30 {
        // Short leases beside a long one: they are not overdue, and the long one is, once.
        let quick = sim.acquire();
        sim.advance(ms(10));
        sim.release(quick);
    }
    let quick = sim.acquire();
    sim.advance(ms(5));
    let held = sim.with_machine(|machine, now| machine.holdings(now));
    let held: Vec<_> = held.iter().map(|held| (held.held_for, held.shares)).collect();
    assert_eq!(held.len(), 2);
    assert!(held.contains(&(ms(305), 2)) && held.contains(&(ms(5), 2)), "{held:?}");
    let end = sim.snapshot();
    assert_eq!((end.overdue, end.oldest_lease), (1, Some(ms(305))), "{}", sim.timeline());
    sim.release(slow);
    assert_eq!(sim.snapshot().oldest_lease, Some(ms(5)));
    sim.release(quick);
    assert_eq!(sim.snapshot().oldest_lease, None);
}
