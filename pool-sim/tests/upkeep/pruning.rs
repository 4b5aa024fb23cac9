//! Rounds in which evict policies say how many idle connections are too many.

use std::time::Duration;

use pool_core::{
    Change, ConnView, Cx, Decision, EndpointId, EvictPolicy, Expiry, ExpiryRule, Named, Plan, Policies, PoolOptions,
    Reason, State, UsageView,
};
use pool_sim::{Dial, Sim};

use crate::Seen;

const SECOND: Duration = Duration::from_secs(1);
const WHY: Reason = Reason::new("too-many");

/// What a policy was shown of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shown {
    used: u32,
    most_used: u32,
    idle: u32,
}

/// Says of each endpoint that so many are too many, every so often.
#[derive(Debug, Clone)]
struct TooMany {
    every: Duration,
    count: Option<u32>,
    panics: bool,
    seen: Seen<Shown>,
    left: Seen<EndpointId>,
}

impl TooMany {
    fn new(every: Duration, count: Option<u32>) -> TooMany {
        TooMany { every, count, panics: false, seen: Seen::default(), left: Seen::default() }
    }

    fn named(&self) -> Named<dyn EvictPolicy> {
        Named::new("too-many", Box::new(self.clone()))
    }
}

impl EvictPolicy for TooMany {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }

    fn prunes_every(&self) -> Option<Duration> {
        Some(self.every)
    }

    fn prune(&mut self, usage: &UsageView<'_>, _: &mut Cx<'_>) -> Option<Decision<u32>> {
        let (used, most_used, idle) = (usage.used(), usage.most_used(), usage.idle());
        self.seen.note(Shown { used, most_used, idle });
        if self.panics {
            std::panic::resume_unwind(Box::new("it does"));
        }
        self.count.map(|count| Decision::of(count, WHY))
    }

    fn left(&mut self, endpoint: EndpointId) {
        self.left.note(endpoint);
    }
}

fn pool(policies: &[&TooMany], set: impl FnOnce(&mut PoolOptions)) -> Sim {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1000;
    set(&mut options);
    let evict = policies.iter().map(|policy| policy.named()).collect();
    Sim::new(Plan { options, policies: Policies { evict, ..Policies::plain() }, seed: 1 }, ["a"])
}

/// So many are in use for a moment.
fn burst(sim: &mut Sim, count: usize) {
    let callers: Vec<_> = (0..count).map(|_| sim.acquire()).collect();
    callers.into_iter().for_each(|caller| sim.release(caller));
}

fn shown(used: u32, most_used: u32, idle: u32) -> Vec<Shown> {
    vec![Shown { used, most_used, idle }]
}

#[test]
fn a_policy_is_shown_the_most_that_were_in_use_since_it_was_asked_last() {
    let policy = TooMany::new(SECOND, None);
    let mut sim = pool(&[&policy], |_| {});
    burst(&mut sim, 5);
    burst(&mut sim, 3);
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(0, 5, 5));
    let caller = sim.acquire();
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(1, 1, 4));
    sim.release(caller);
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(0, 1, 5), "it was in use as the round before ended");
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(0, 0, 5));
}

#[test]
fn each_policy_has_rounds_and_a_most_of_its_own() {
    let (often, rarely) = (TooMany::new(SECOND, None), TooMany::new(3 * SECOND, None));
    let mut sim = pool(&[&often, &rarely], |_| {});
    burst(&mut sim, 4);
    sim.advance(3 * SECOND);
    let peaks = |policy: &TooMany| policy.seen.take().into_iter().map(|shown| shown.most_used).collect::<Vec<_>>();
    assert_eq!(peaks(&often), [4, 0, 0]);
    assert_eq!(peaks(&rarely), [4]);
}

#[test]
fn a_connection_that_is_reset_is_in_use_still() {
    let policy = TooMany::new(SECOND, None);
    let mut sim = pool(&[&policy], |_| {});
    sim.script().needs_reset = true;
    sim.script().reset = (2 * SECOND, true);
    let first = sim.acquire();
    sim.release(first);
    let second = sim.acquire();
    sim.release(second);
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(2, 2, 0));
}

#[test]
fn the_longest_idle_go_and_the_reason_is_told() {
    let policy = TooMany::new(SECOND, Some(2));
    let mut sim = pool(&[&policy], |_| {});
    let callers: Vec<_> = (0..4).map(|_| sim.acquire()).collect();
    let conns: Vec<_> = callers.iter().map(|caller| sim.conn_of(*caller).expect("it has one")).collect();
    callers.into_iter().rev().for_each(|caller| sim.release(caller));
    sim.advance(SECOND);
    let left = [sim.acquire(), sim.acquire()].map(|caller| sim.conn_of(caller).expect("two are left"));
    assert_eq!(left, [conns[0], conns[1]], "released last");
    let closes = sim.snapshot().closes;
    assert_eq!(
        closes.iter().map(|(why, count)| (why.policy, why.reason, *count)).collect::<Vec<_>>(),
        [("too-many", WHY, 2)]
    );
    let told = sim.snapshot().decisions.iter().filter(|row| row.reason == WHY).map(|row| row.count).sum::<u64>();
    assert_eq!(told, 2);
}

#[test]
fn however_many_are_too_many_the_floor_stays_and_what_is_in_use() {
    let policy = TooMany::new(SECOND, Some(u32::MAX));
    let mut sim = pool(&[&policy], |options| options.limits.min_idle = 3);
    let caller = sim.acquire();
    burst(&mut sim, 500);
    let made = sim.made();
    sim.advance(20 * SECOND);
    assert_eq!((sim.snapshot().count(State::Idle), sim.snapshot().count(State::Leased)), (3, 1));
    assert_eq!(sim.made(), made, "none had to be dialed again");
    sim.release(caller);
}

#[test]
fn a_shared_connection_in_use_is_not_idle() {
    let policy = TooMany::new(SECOND, Some(u32::MAX));
    let mut sim = pool(&[&policy], |_| {});
    sim.script().dials("a", Dial::shared(Duration::ZERO, 4));
    let callers: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    sim.advance(SECOND);
    assert_eq!((policy.seen.take(), sim.snapshot().open()), (shown(1, 1, 0), 1), "it has a free share, too");
    callers.into_iter().for_each(|caller| sim.release(caller));
    sim.advance(SECOND);
    assert_eq!(sim.snapshot().open(), 0);
}

#[test]
fn a_policy_that_panics_is_counted_and_closes_nothing() {
    let policy = TooMany { panics: true, ..TooMany::new(SECOND, Some(9)) };
    let mut sim = pool(&[&policy], |_| {});
    burst(&mut sim, 3);
    sim.advance(2 * SECOND);
    assert_eq!(sim.snapshot().open(), 3);
    assert_eq!(sim.snapshot().faults.iter().map(|fault| fault.count).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_new_policy_has_its_first_round_a_period_later_and_the_old_one_none_any_more() {
    let (old, new) = (TooMany::new(SECOND, None), TooMany::new(3 * SECOND, None));
    let mut sim = pool(&[&old], |_| {});
    burst(&mut sim, 2);
    sim.advance(SECOND);
    sim.reconfigure(Change { evict: Some(vec![new.named()]), ..Change::default() });
    burst(&mut sim, 1);
    old.seen.take();
    sim.advance(3 * SECOND - Duration::from_nanos(1));
    assert_eq!((old.seen.take(), new.seen.take()), (vec![], vec![]));
    sim.advance(Duration::from_nanos(1));
    assert_eq!(new.seen.take(), shown(0, 1, 2));
}

#[test]
fn it_is_told_of_an_endpoint_that_leaves_and_asked_about_it_no_more() {
    let policy = TooMany::new(SECOND, None);
    let mut sim = pool(&[&policy], |_| {});
    burst(&mut sim, 1);
    let a = sim.with_machine(|machine, _| machine.endpoint_named("a")).expect("it is there");
    sim.set_endpoints(["b"]);
    assert_eq!(policy.left.take(), [a]);
    burst(&mut sim, 2);
    sim.advance(SECOND);
    assert_eq!(policy.seen.take(), shown(0, 2, 2));
}

#[test]
fn where_nothing_is_open_nobody_is_woken_for_a_round() {
    let policy = TooMany::new(SECOND, None);
    let mut sim = pool(&[&policy], |_| {});
    sim.advance(SECOND / 2);
    assert_eq!(sim.with_machine(|machine, _| machine.next_wake()), pool_core::Time::NEVER);
    burst(&mut sim, 1);
    assert_eq!(sim.with_machine(|machine, _| machine.next_wake()), pool_core::Time::ZERO.after(SECOND));
}
