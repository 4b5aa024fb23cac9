//! The laws of every queue policy, and what this one does for a pool in overload.

use std::time::Duration;

use pool_core::{Builder, HumanDuration, Named, Plan, Policies, PoolOptions, QueuePolicy, RefusalKind, What};
use pool_queue_codel::PLUGIN;
use pool_sim::{Call, Sim, Standing};
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "target": "1ms", "interval": "10ms" });

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "target": "0s" })), "target");
    promise::refused(Subject::new(PLUGIN, json!({ "target": "never" })), "target");
    promise::refused(Subject::new(PLUGIN, json!({ "target": "100ms", "interval": "100ms" })), "interval");
    promise::refused(Subject::new(PLUGIN, json!({ "interval": "never" })), "interval");
}

#[test]
fn an_interval_that_is_too_short_is_named_with_one_that_will_do() {
    let mistake = |options| Subject::new(PLUGIN, options).mistake().map(|error| error.message);
    assert_eq!(
        mistake(json!({ "target": "100ms" })).as_deref(),
        Some(
            "`interval` is 100ms (default 100ms); it must be longer than `target`, which is 100ms, and not `never`, \
             for example \"2s\""
        )
    );
    assert_eq!(mistake(json!({ "target": "100ms", "interval": "2s" })), None);
}

/// One connection, leases of 10 ms, a caller every 5 ms for two seconds: twice what can be carried. Gives the waits of
/// those who were served, and how many were turned away and how many timed out.
fn overload(queue: Option<Named<dyn QueuePolicy>>) -> (Vec<Duration>, usize, usize) {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.wait.timeout = HumanDuration::from_millis(500);
    let policies = Policies { queue, ..Policies::plain() };
    let mut sim = Sim::new(Plan { options, policies, seed: 1 }, ["a"]);
    let hold = Some(Duration::from_millis(10));
    let callers: Vec<_> = (0..400)
        .map(|_| {
            let caller = sim.acquire_with(&Call { hold, ..Call::default() });
            sim.advance(Duration::from_millis(5));
            caller
        })
        .collect();
    sim.advance(Duration::from_secs(2));
    let refused = |kind| callers.iter().filter(|&&it| sim.standing(it) == Standing::Refused(kind)).count();
    let waits = sim.events().iter().filter_map(|event| match event.what {
        What::Acquired { waited, .. } => Some(waited),
        _ => None,
    });
    let waits = waits.collect();
    (waits, refused(RefusalKind::TurnedAway), refused(RefusalKind::Timeout))
}

#[test]
fn in_overload_those_who_are_served_waited_little() {
    let Builder::Queue(build) = PLUGIN.builder else { panic!("a queue policy") };
    let codel = Named::new(PLUGIN.kind, build(json!({})).expect("its defaults"));
    let (with, turned_away, timed_out) = overload(Some(codel));
    let (without, none, late) = overload(None);
    let median = |mut waits: Vec<Duration>| {
        waits.sort();
        waits[waits.len() / 2]
    };
    assert_eq!((none, timed_out), (0, 0));
    assert!(turned_away > 150 && late > 100, "{turned_away} turned away, {late} too late");
    // The connection is never without work: it can serve 200 while they come, and what waits yet after that.
    assert!(with.len() >= 195 && without.len() >= 195, "{} and {}", with.len(), without.len());
    assert!(median(with) < Duration::from_millis(30));
    assert!(median(without) > Duration::from_millis(400));
}
