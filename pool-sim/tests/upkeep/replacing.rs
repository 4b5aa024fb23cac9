//! Others in the place of connections that expired.

use std::time::Duration;

use pool_core::{
    ConnView, Cx, EvictPolicy, Expiry, ExpiryRule, Moments, Named, Plan, Policies, PoolOptions, Reason, State,
};
use pool_sim::{Call, Dial, Sim};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// What was idle for ten seconds goes, and another comes.
#[derive(Debug)]
struct TenSeconds(Moments);

impl EvictPolicy for TenSeconds {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn rule(&self) -> ExpiryRule {
        let reason = Reason::new("ten-seconds");
        ExpiryRule::Idle { after: 10 * SECOND, moments: self.0, reason, floor: false, replace: true }
    }
}

fn pool_looking(moments: Moments, set: impl FnOnce(&mut PoolOptions)) -> Sim {
    let mut options = PoolOptions::default();
    set(&mut options);
    let evict = vec![Named::<dyn EvictPolicy>::new("ten-seconds", Box::new(TenSeconds(moments)))];
    let mut sim = Sim::new(Plan { options, policies: Policies { evict, ..Policies::plain() }, seed: 1 }, ["a", "b"]);
    sim.script().dials("a", Dial::ok(MS));
    sim.script().dials("b", Dial::ok(MS));
    sim
}

fn pool(set: impl FnOnce(&mut PoolOptions)) -> Sim {
    pool_looking(Moments::BACKGROUND, set)
}

/// So many become idle at an endpoint.
fn idle(sim: &mut Sim, endpoint: &str, count: usize) {
    let call = Call { endpoint: Some(endpoint.to_owned()), ..Call::default() };
    let callers: Vec<_> = (0..count).map(|_| sim.acquire_with(&call)).collect();
    sim.advance(SECOND);
    callers.into_iter().for_each(|caller| sim.release(caller));
}

/// How many are idle at each endpoint, and how many were dialed.
fn state(sim: &Sim) -> ([u32; 2], u64) {
    let idle = |name: &str| {
        let snapshot = sim.snapshot();
        let endpoint = snapshot.endpoints.iter().find(|endpoint| endpoint.endpoint.name() == name);
        endpoint.map_or(0, |endpoint| endpoint.states[State::Idle as usize])
    };
    ([idle("a"), idle("b")], sim.made())
}

#[test]
fn each_is_replaced_at_its_endpoint() {
    let mut sim = pool(|_| {});
    idle(&mut sim, "a", 3);
    idle(&mut sim, "b", 1);
    sim.advance(10 * SECOND + 10 * MS);
    assert_eq!(state(&sim), ([3, 1], 8));
}

#[test]
fn it_waits_for_the_close_where_that_takes_a_place() {
    let mut sim = pool(|options| options.limits.max_open = 3);
    sim.script().close = SECOND;
    idle(&mut sim, "a", 3);
    sim.advance(10 * SECOND + 500 * MS);
    assert_eq!(sim.snapshot().count(State::Closing), 3);
    assert_eq!(state(&sim), ([0, 0], 3));
    sim.advance(SECOND);
    assert_eq!(state(&sim), ([3, 0], 6));
}

#[test]
fn one_found_by_a_caller_is_replaced_too() {
    let mut sim = pool_looking(Moments::ACQUIRE, |_| {});
    idle(&mut sim, "a", 2);
    sim.advance(20 * SECOND);
    assert_eq!(state(&sim), ([2, 0], 2), "nobody looks");
    let caller = sim.acquire_with(&Call { endpoint: Some("a".to_owned()), ..Call::default() });
    sim.advance(SECOND);
    assert!(sim.conn_of(caller).is_some());
    assert_eq!((state(&sim), sim.snapshot().open()), (([1, 0], 4), 2), "the caller's dial is one of the two");
}

#[test]
fn a_dial_that_fails_or_is_lost_is_made_up_for() {
    for bad in [Dial::fails(MS), Dial { takes: MS, ends: pool_sim::DialEnd::Lost }] {
        let mut sim = pool(|_| {});
        idle(&mut sim, "a", 2);
        (0..3).for_each(|_| sim.script().next_dial("a", bad));
        sim.advance(12 * SECOND);
        assert_eq!(state(&sim), ([2, 0], 4), "{bad:?}");
    }
}

#[test]
fn while_dials_fail_it_backs_off() {
    let mut sim = pool(|_| {});
    idle(&mut sim, "a", 2);
    let before = sim.snapshot().counters().dials;
    sim.script().dials("a", Dial::fails(MS));
    sim.advance(610 * SECOND);
    let tries = sim.snapshot().counters().dials - before;
    assert!((20..700).contains(&tries), "{tries} dials in ten minutes");
    sim.script().dials("a", Dial::ok(MS));
    sim.advance(60 * SECOND);
    assert_eq!(state(&sim).0, [2, 0]);
}

#[test]
fn it_is_left_out_where_others_have_taken_the_place() {
    let mut sim = pool(|options| options.limits.max_open = 2);
    idle(&mut sim, "a", 2);
    sim.script().dials("a", Dial::fails(MS));
    sim.advance(10 * SECOND + 10 * MS);
    let elsewhere = Call { endpoint: Some("b".to_owned()), ..Call::default() };
    let callers = [sim.acquire_with(&elsewhere), sim.acquire_with(&elsewhere)];
    sim.advance(SECOND);
    assert!(callers.iter().all(|caller| sim.conn_of(*caller).is_some()));
    sim.script().dials("a", Dial::ok(MS));
    sim.advance(60 * SECOND);
    callers.into_iter().for_each(|caller| sim.release_as(caller, pool_core::Outcome::Broken));
    sim.advance(60 * SECOND);
    assert_eq!((state(&sim).0, sim.snapshot().open()), ([0, 0], 0), "nothing is owed any more");
}

#[test]
fn it_is_left_out_where_as_many_are_idle_as_may_be() {
    let mut sim = pool(|options| options.limits.max_idle = Some(2));
    idle(&mut sim, "a", 2);
    sim.script().dials("a", Dial::fails(MS));
    sim.advance(10 * SECOND + 10 * MS);
    idle(&mut sim, "b", 2);
    sim.script().dials("a", Dial::ok(MS));
    sim.advance(5 * SECOND);
    assert_eq!(state(&sim), ([0, 2], 4), "two of `b` are idle, and no more may be");
    sim.advance(5 * SECOND + 10 * MS);
    assert_eq!(state(&sim), ([0, 2], 6), "they are replaced, and those of `a` forgotten");
}

#[test]
fn nothing_comes_where_the_endpoint_left_or_all_was_cleared_or_the_pool_is_closed() {
    let ends: [fn(&mut Sim); 3] = [
        |sim| sim.set_endpoints(["b"]),
        |sim| sim.with_machine(pool_core::Machine::clear),
        |sim| sim.with_machine(pool_core::Machine::close),
    ];
    for end in ends {
        let mut sim = pool(|_| {});
        idle(&mut sim, "a", 2);
        sim.script().dials("a", Dial::fails(MS));
        sim.advance(10 * SECOND + 10 * MS);
        end(&mut sim);
        sim.script().dials("a", Dial::ok(MS));
        sim.advance(60 * SECOND);
        assert_eq!((state(&sim), sim.snapshot().open()), (([0, 0], 2), 0));
    }
}

#[test]
fn a_dial_for_the_floor_elsewhere_is_the_other_one_too() {
    let mut sim = pool(|options| options.limits.min_idle = 2);
    sim.advance(SECOND);
    let before = state(&sim).0;
    assert_eq!(before.iter().sum::<u32>(), 2);
    sim.script().dials("a", Dial::fails(MS));
    sim.advance(15 * SECOND);
    sim.script().dials("a", Dial::ok(MS));
    sim.advance(60 * SECOND);
    assert_eq!(sim.snapshot().open(), 2, "of two there are two");
}
