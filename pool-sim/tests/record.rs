//! What is known of events beside what they say: to whom they happened, and to which connection.

use std::time::Duration;

use pool_core::{Outcome, Plan, RefusalKind, What};
use pool_sim::{Dial, Script, Sim, Standing};

const TAKES: Duration = Duration::from_millis(5);

fn pool(max_open: u32) -> Plan {
    let mut plan = Plan::default();
    plan.options.limits.max_open = max_open;
    plan
}

/// Of each event of a kind: the caller, and the connection's number.
fn told(
    sim: &Sim,
    is_meant: impl Fn(&What) -> Option<Option<pool_core::EntryId>>,
) -> Vec<(Option<usize>, Option<u64>)> {
    let events = sim.events().iter().enumerate();
    let meant = events.filter_map(|(at, event)| Some((at, is_meant(&event.what)?)));
    meant.map(|(at, entry)| (sim.caller_of(at), entry.and_then(|entry| sim.number_of(entry)))).collect()
}

fn grants(sim: &Sim) -> Vec<(Option<usize>, Option<u64>)> {
    told(sim, |what| match what {
        What::Acquired { entry, .. } => Some(Some(*entry)),
        _ => None,
    })
}

#[test]
fn grants_are_told_of_those_who_waited_and_of_those_who_did_not() {
    let mut sim = Sim::new(pool(1), ["a"]);
    let (first, second) = (sim.acquire(), sim.acquire());
    sim.release(first);
    sim.release(second);
    let third = sim.acquire();
    assert_eq!(grants(&sim), [(Some(first), Some(1)), (Some(second), Some(1)), (Some(third), Some(1))]);
    let released = told(&sim, |what| match what {
        What::Released { entry, .. } => Some(Some(*entry)),
        _ => None,
    });
    assert_eq!(released, [(Some(first), Some(1)), (Some(second), Some(1))]);
}

#[test]
fn refusals_are_told_of_those_who_waited_and_of_those_who_did_not() {
    let mut plan = pool(1);
    plan.options.limits.max_waiting = Some(1);
    let mut sim = Sim::new(plan, ["a"]);
    let (_, second, third) = (sim.acquire(), sim.acquire(), sim.acquire());
    sim.advance(Duration::from_secs(5));
    assert_eq!(sim.standing(second), Standing::Refused(RefusalKind::Timeout));
    let refused = told(&sim, |what| matches!(what, What::Refused { .. }).then_some(None));
    assert_eq!(refused, [(Some(third), None), (Some(second), None)]);
}

#[test]
fn a_dial_that_fails_takes_no_number() {
    let mut script = Script::default();
    script.next_dial("a", Dial::fails(Duration::ZERO));
    let mut sim = Sim::with_script(pool(2), ["a"], script);
    sim.acquire();
    sim.advance(Duration::from_secs(1));
    let second = sim.acquire();
    assert_eq!((sim.conn_of(second), sim.made()), (Some(1), 1));
}

#[test]
fn a_single_connection_is_cut_shared_or_not() {
    for dial in [Dial::ok(Duration::ZERO), Dial::shared(Duration::ZERO, 1)] {
        let mut sim = Sim::new(pool(2), ["a"]);
        sim.script().dials("a", dial);
        let callers = [sim.acquire(), sim.acquire()];
        callers.into_iter().for_each(|caller| sim.release(caller));
        sim.cut_one(2);
        let third = sim.acquire();
        assert_eq!(sim.conn_of(third), Some(1), "{dial:?}");
        let dead = told(&sim, |what| match what {
            What::Released { entry, outcome: Outcome::Dead, .. } => Some(Some(*entry)),
            _ => None,
        });
        assert_eq!(dead, [(Some(third), Some(2))], "{dial:?}");
    }
}

#[test]
fn what_has_state_is_reset_as_it_comes_back() {
    let mut sim = Sim::new(pool(1), ["a"]);
    (sim.script().needs_reset, sim.script().reset) = (true, (TAKES, true));
    let (first, second) = (sim.acquire(), sim.acquire());
    sim.release(first);
    assert_eq!((sim.in_upkeep(), sim.is_waiting(second)), (vec![1], true));
    sim.advance(TAKES);
    assert_eq!((sim.in_upkeep(), sim.conn_of(second)), (vec![], Some(1)));
}

#[test]
fn what_is_dialed_as_the_pool_starts_goes_by_the_script() {
    let mut plan = pool(2);
    plan.options.limits.min_idle = 1;
    let mut script = Script::default();
    script.dials("a", Dial::ok(TAKES));
    let mut sim = Sim::with_script(plan, ["a"], script);
    assert_eq!(sim.made(), 0);
    sim.advance(TAKES);
    assert_eq!(sim.made(), 1);
}
