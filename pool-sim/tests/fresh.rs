//! Callers that take nothing idle.

use std::time::Duration;

use pool_core::{Plan, PoolOptions, RefusalKind};
use pool_sim::{Call, Dial, Sim, Standing};

const MS: Duration = Duration::from_millis(1);

fn sim(endpoints: &[&str], set: impl FnOnce(&mut PoolOptions)) -> Sim {
    let mut options = PoolOptions::default();
    set(&mut options);
    Sim::new(Plan { options, ..Plan::default() }, endpoints.iter().copied())
}

fn fresh() -> Call {
    Call { fresh: true, ..Call::default() }
}

#[test]
fn it_waits_for_a_dial_beside_what_is_idle_and_holds_up_nobody() {
    let mut sim = sim(&["a"], |_| {});
    let first = sim.acquire();
    sim.release(first);
    sim.script().dials("a", Dial::ok(10 * MS));
    let asks = sim.acquire_with(&fresh());
    assert!(sim.is_waiting(asks));
    let other = sim.acquire();
    assert_eq!(sim.conn_of(other), Some(1), "what is idle serves who came later: {}", sim.timeline());
    sim.release(other);
    assert!(sim.conn_of(asks) == Some(1), "what comes back meanwhile will do: {}", sim.timeline());
}

#[test]
fn at_the_limit_it_queues_in_its_turn() {
    let mut sim = sim(&["a"], |options| options.limits.max_open = 1);
    let first = sim.acquire();
    let before = sim.acquire();
    let asks = sim.acquire_with(&fresh());
    sim.release(first);
    assert_eq!((sim.conn_of(before), sim.is_waiting(asks)), (Some(1), true));
    sim.release(before);
    assert_eq!(sim.conn_of(asks), Some(1));
}

#[test]
fn where_idle_ones_take_up_all_places_the_oldest_of_them_goes() {
    let mut sim = sim(&["a"], |options| options.limits.max_open = 2);
    let callers = [sim.acquire(), sim.acquire()];
    callers.into_iter().for_each(|caller| sim.release(caller));
    let asks = sim.acquire_with(&fresh());
    assert_eq!(sim.conn_of(asks), Some(3), "{}", sim.timeline());
    assert_eq!(sim.snapshot().closes, [(pool_core::CloseReason::MAKE_ROOM, 1)]);
    let other = sim.acquire();
    assert_eq!(sim.conn_of(other), Some(2), "the newer one is left");
}

#[test]
fn who_may_not_wait_gets_nothing_and_a_dial_begins_for_later() {
    let mut sim = sim(&["a"], |_| {});
    let first = sim.acquire();
    sim.release(first);
    let asks = sim.acquire_with(&Call { timeout: Some(Duration::ZERO), ..fresh() });
    assert_eq!(sim.standing(asks), Standing::Refused(RefusalKind::Timeout));
    assert_eq!(sim.snapshot().counters().dials, 2);
}

#[test]
fn where_idle_ones_take_up_all_places_of_an_endpoint_one_of_them_goes() {
    for bound in [None, Some("b".to_owned())] {
        let mut sim = sim(&["a", "b"], |options| options.limits.max_open_per_endpoint = Some(1));
        let callers = [sim.acquire(), sim.acquire()];
        callers.into_iter().for_each(|caller| sim.release(caller));
        let asks = sim.acquire_with(&Call { endpoint: bound.clone(), ..fresh() });
        assert_eq!(sim.conn_of(asks), Some(3), "{}", sim.timeline());
        assert!(bound.is_none_or(|bound| sim.endpoint_of(asks) == Some(&bound)));
        assert_eq!(sim.snapshot().closes, [(pool_core::CloseReason::MAKE_ROOM, 1)]);
        let others = [sim.acquire(), sim.acquire()];
        assert!(sim.conn_of(others[0]).is_some() && sim.is_waiting(others[1]), "one idle one is left");
    }
}
