//! The laws of every evict policy, and what this one does in a pool.

use std::time::Duration;

use pool_core::{HumanDuration, Named, Plan, Policies, PoolOptions, State, What};
use pool_evict_reopen::{PLUGIN, Reopen, ReopenOptions};
use pool_sim::{Dial, Sim};
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(
    PLUGIN,
    { "after": "1ms", "jitter": 0.0, "when": ["acquire"] },
    { "after": "never" },
    { "after": "1s", "jitter": 1.0, "when": ["sweep"] },
);

const MINUTE: Duration = Duration::from_secs(60);
const MS: Duration = Duration::from_millis(1);

/// A pool to one endpoint, where each dial takes 20 ms.
fn pool(max_open: u32) -> Sim {
    pool_of(&ReopenOptions::default(), max_open)
}

fn pool_of(reopen: &ReopenOptions, max_open: u32) -> Sim {
    let policy = Reopen::new(reopen).expect("these make sense");
    let mut options = PoolOptions::default();
    options.limits.max_open = max_open;
    options.dial.timeout = HumanDuration::NEVER;
    options.wait.timeout = HumanDuration::NEVER;
    let policies = Policies { evict: vec![Named::new("reopen", Box::new(policy))], ..Policies::plain() };
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a"]);
    sim.script().dials("a", Dial::ok(20 * MS));
    sim
}

/// So many connections, dialed for as many callers at once, and given back.
fn peak(sim: &mut Sim, callers: usize) {
    let callers: Vec<_> = (0..callers).map(|_| sim.acquire()).collect();
    sim.advance(Duration::from_secs(5));
    callers.into_iter().for_each(|caller| sim.release(caller));
}

#[test]
fn over_hours_as_many_are_open_and_none_is_idle_for_long() {
    // With room for more, and with none.
    for max_open in [100, 40] {
        let mut sim = pool(max_open);
        peak(&mut sim, 40);
        for minute in 0..12 * 60 {
            // One caller uses one connection; nobody touches the others.
            let caller = sim.acquire();
            sim.advance(MINUTE);
            sim.release(caller);
            let (open, idle) = (sim.snapshot().open(), sim.snapshot().count(State::Idle));
            assert_eq!(open, 40, "in minute {minute}");
            assert!(idle >= 36, "in minute {minute} only {idle} are ready");
        }
        // Twelve hours are 25 to 26 times of 27 to 30 minutes, for each of 39.
        let lives = f64::from(u32::try_from(sim.made()).expect("few")) / 39.0;
        assert!((24.0..28.0).contains(&lives), "{lives} connections in each place");
        let idle_for = sim.events().iter().filter_map(|event| match event.what {
            What::Evicted { idle_for, .. } => idle_for,
            _ => None,
        });
        let (shortest, longest) = idle_for.fold((Duration::MAX, MINUTE), |(s, l), idle| (s.min(idle), l.max(idle)));
        assert!(shortest >= 27 * MINUTE && longest <= 30 * MINUTE, "idle for {shortest:?} to {longest:?}");
    }
}

#[test]
fn while_the_server_is_away_it_backs_off_and_then_makes_up_for_all() {
    let mut sim = pool(40);
    peak(&mut sim, 10);
    sim.script().dials("a", Dial::fails(MS));
    let before = sim.snapshot().counters().dials;
    sim.advance(40 * MINUTE);
    let (open, tries) = (sim.snapshot().count(State::Idle), sim.snapshot().counters().dials - before);
    assert_eq!(open, 0, "all were idle for too long");
    assert!((10..1000).contains(&tries), "{tries} dials while the server was away");
    sim.script().dials("a", Dial::ok(20 * MS));
    sim.advance(5 * MINUTE);
    assert_eq!((sim.snapshot().open(), sim.snapshot().count(State::Idle)), (10, 10));
}

#[test]
fn a_dial_for_a_caller_is_the_other_one_too() {
    let mut sim = pool(40);
    peak(&mut sim, 10);
    sim.script().dials("a", Dial::ok(10 * MINUTE));
    sim.advance(31 * MINUTE);
    let made = sim.made();
    let callers: Vec<_> = (0..10).map(|_| sim.acquire()).collect();
    sim.script().dials("a", Dial::ok(20 * MS));
    sim.advance(20 * MINUTE);
    callers.into_iter().for_each(|caller| sim.release(caller));
    assert_eq!((sim.snapshot().open(), sim.made()), (10, made + 10), "and not ten for either");
}

/// How long those that were closed had been idle, after jobs of a minute each that overlap: the next one asks before the
/// last one ends.
fn evicted_from_job_to_job(jitter: f64, dial: Dial) -> Vec<Option<Duration>> {
    let mut options = ReopenOptions::default();
    (options.after, options.jitter) = (HumanDuration::from_secs(10), jitter);
    let mut sim = pool_of(&options, 1);
    sim.script().dials("a", dial);
    let mut job = sim.acquire();
    for _ in 0..20 {
        let next = sim.acquire();
        sim.advance(MINUTE);
        sim.release(job);
        job = next;
    }
    let evicted = sim.events().iter().filter_map(|event| match event.what {
        What::Evicted { idle_for, .. } => Some(idle_for),
        _ => None,
    });
    evicted.collect()
}

#[test]
fn one_that_goes_from_hand_to_hand_is_never_idle() {
    for jitter in [0.0, 0.1, 1.0] {
        assert_eq!(evicted_from_job_to_job(jitter, Dial::ok(20 * MS)), [], "with a jitter of {jitter}");
    }
}

#[test]
fn one_that_several_share_is_not_idle_while_one_of_them_has_it() {
    for jitter in [0.0, 0.1, 1.0] {
        assert_eq!(evicted_from_job_to_job(jitter, Dial::shared(20 * MS, 10)), [], "with a jitter of {jitter}");
    }
}

#[test]
fn a_dial_that_takes_long_is_no_idling() {
    for jitter in [0.0, 0.1, 1.0] {
        assert_eq!(evicted_from_job_to_job(jitter, Dial::ok(MINUTE / 2)), [], "with a jitter of {jitter}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "after": "0s" })), "after");
    promise::refused(Subject::new(PLUGIN, json!({ "jitter": 2.0 })), "jitter");
    promise::refused(Subject::new(PLUGIN, json!({ "when": [] })), "when");
}
