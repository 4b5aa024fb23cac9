//! The harness of the telemetry finds what is left out, and what should not be there.

use std::time::Duration;

use pool_core::{
    Change, CloseReason, ConnView, Cx, Decision, EndpointId, EndpointsView, Event, EvictPolicy, Expiry, HealthPolicy,
    Machine, Moments, Named, Next, Outcome, Plan, Policies, PoolOptions, QueuePolicy, QueueView, Reason, Review, Role,
    Snapshot, Standing, Standings, Time, What,
};
use pool_sim::{Call, Dial, Sim};
use pool_testkit::telemetry::{Declared, audit};
use pool_testkit::{Conformance, mutants};

const MS: Duration = Duration::from_millis(1);

/// Closes what is older than a second.
#[derive(Debug)]
struct Old;

impl EvictPolicy for Old {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.created().after(Duration::from_secs(1));
        Some(Expiry::new(at, Moments::ALL, Reason::new("old")))
    }
}

/// Everybody serves, but for who has just failed; who came first is next.
#[derive(Debug, Default)]
struct Attentive {
    failed: Option<EndpointId>,
}

impl HealthPolicy for Attentive {
    fn ended(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        self.failed = (outcome != Outcome::Ok).then_some(endpoint);
        Review::Now
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, _: &mut Cx<'_>) -> Time {
        for endpoint in endpoints.iter() {
            let rests = self.failed == Some(endpoint.id());
            let standing = if rests { Standing::Rests } else { Standing::Serves };
            standings.set(endpoint.id(), standing, Reason::new("judged"));
        }
        Time::NEVER
    }
}

impl QueuePolicy for Attentive {
    fn next(&mut self, _: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        Decision::of(Next::Oldest, Reason::new("first"))
    }
}

fn plan() -> Plan {
    let mut options = PoolOptions::default();
    options.limits.max_open = 2;
    options.lease.overdue_after = Duration::from_millis(500).into();
    let old: Box<dyn EvictPolicy> = Box::new(Old);
    let health: Box<dyn HealthPolicy> = Box::<Attentive>::default();
    let queue: Box<dyn QueuePolicy> = Box::<Attentive>::default();
    let policies = Policies {
        evict: vec![Named::new("plain", old)],
        health: Some(Named::new("plain", health)),
        queue: Some(Named::new("plain", queue)),
        ..Policies::plain()
    };
    Plan { options, policies, seed: 1 }
}

/// A bit of everything that decides, and of everything that is counted.
fn run() -> (Vec<Event>, Snapshot) {
    let mut sim = Sim::new(plan(), ["a", "b"]);
    sim.script().next_dial("a", Dial::fails(MS));
    let first = [sim.acquire(), sim.acquire()];
    sim.advance(Duration::from_millis(100));
    let (waits, leaves) = (sim.acquire(), sim.acquire());
    let late = sim.acquire_with(&Call { timeout: Some(MS), ..Call::default() });
    sim.advance(2 * MS);
    sim.cancel(leaves);
    for caller in [first[0], first[1], waits] {
        sim.release(caller);
    }
    let ready = [sim.acquire(), sim.acquire()];
    sim.release_as(ready[0], Outcome::Broken);
    sim.advance(Duration::from_millis(600));
    sim.release(ready[1]);
    sim.advance(Duration::from_secs(2));
    sim.cut("a");
    sim.reconfigure(Change::default());
    sim.with_machine(Machine::clear);
    sim.release(late);
    (sim.events().to_vec(), sim.snapshot())
}

fn is(what: &What, kind: &str) -> bool {
    match what {
        What::Decided { role, .. } => kind == role.as_str(),
        other => format!("{other:?}").split([' ', '{']).next() == Some(kind),
    }
}

#[test]
fn a_true_run_is_told_in_full() {
    let (events, snapshot) = run();
    audit(&events, &snapshot, &Declared::plain()).expect("nothing is missing");
}

#[test]
fn an_event_that_is_left_out_is_missed() {
    let (events, snapshot) = run();
    let kinds = Role::ALL.iter().map(|role| role.as_str()).chain([
        "Acquired",
        "Released",
        "Evicted",
        "Refused",
        "WaitCancelled",
        "DialStarted",
        "DialFailed",
        "LeaseOverdue",
        "Reconfigured",
        "Cleared",
    ]);
    for kind in kinds {
        let at = events.iter().position(|event| is(&event.what, kind));
        let mut fewer = events.clone();
        fewer.remove(at.unwrap_or_else(|| panic!("the run has no {kind}")));
        let found = audit(&fewer, &snapshot, &Declared::plain());
        assert!(found.is_err(), "nobody misses the first {kind}");
        let mut more = events.clone();
        more.insert(at.unwrap_or(0), events[at.unwrap_or(0)].clone());
        let found = audit(&more, &snapshot, &Declared::plain());
        assert!(found.is_err(), "nobody notices that the first {kind} is told twice");
    }
}

/// The run with another word in the first decision of this role.
fn reworded(role: Role, kind: &'static str, word: &'static str) -> Result<(), String> {
    let (mut events, snapshot) = run();
    let decided = events.iter_mut().find_map(|event| match &mut event.what {
        What::Decided { role: other, policy, reason, .. } if *other == role => Some((policy, reason)),
        _ => None,
    });
    let (policy, reason) = decided.expect("each role decides");
    (*policy, *reason) = (kind, Reason::new(word));
    audit(&events, &snapshot, &Declared::plain())
}

#[test]
fn a_reason_that_is_empty_no_word_or_anothers_is_found() {
    for role in Role::ALL {
        let found = reworded(role, "plain", "").expect_err("empty");
        assert!(found.contains("gives no reason"), "{found}");
        let found = reworded(role, "plain", "Because I say so").expect_err("no word");
        assert!(found.contains("kebab-case"), "{found}");
        let found = reworded(role, "stranger", "newest").expect_err("no policy of the pool");
        assert!(found.contains("no policy of this pool"), "{found}");
        reworded(role, "plain", "another").expect_err("not what was counted");
        let found = reworded(role, CloseReason::POOL, "whim").expect_err("not a word of the pool");
        assert!(found.contains("does not declare"), "{found}");
    }
}

#[test]
fn a_count_that_is_too_high_is_found() {
    let (events, snapshot) = run();
    let mut more = snapshot.clone();
    more.decisions[0].count += 1;
    let found = audit(&events, &more, &Declared::plain()).expect_err("one too many");
    assert!(found.contains("of the decisions"), "{found}");
    let fewer = Snapshot { generation: 0, ..snapshot };
    audit(&events, &fewer, &Declared::plain()).expect_err("a generation that was not counted");
}

#[test]
fn policies_without_a_word_or_with_one_they_did_not_declare_break_the_law() {
    for plugin in [mutants::acquire::SPEECHLESS, mutants::acquire::FREE_SPOKEN, mutants::release::ALL[0].plugin] {
        let report = Conformance::of(plugin).report();
        let silent = ["speechless", "free-spoken"].contains(&plugin.kind);
        assert_eq!(report.broken().any(|law| law == "told-in-full"), silent, "{report}");
    }
}
