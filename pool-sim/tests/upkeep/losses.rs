//! Each lease that ends is told to the release policy, once: by the question what becomes of its connection, or as lost.

use std::time::Duration;

use pool_core::{
    ConnView, Cx, Decision, EndpointId, EvictPolicy, Expiry, ExpiryRule, LeaseView, Moments, Named, Outcome, Plan,
    Policies, PoolOptions, Reason, ReleasePolicy, Settle,
};
use pool_sim::{Dial, Sim};

use crate::Seen;

/// How it was told of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Asked(Outcome, u32),
    Lost(Outcome, u32),
    Left(EndpointId),
}

use Told::{Asked, Lost};

/// Keeps everything, and notes what it is told.
#[derive(Debug, Clone)]
struct Witness {
    wants: bool,
    seen: Seen<Told>,
}

impl ReleasePolicy for Witness {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        self.seen.note(Asked(lease.outcome(), lease.uses()));
        Decision::of(Settle::Keep, Reason::new("seen"))
    }

    fn wants_losses(&self) -> bool {
        self.wants
    }

    fn lost(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) {
        self.seen.note(Lost(lease.outcome(), lease.uses()));
    }

    fn left(&mut self, endpoint: EndpointId) {
        self.seen.note(Told::Left(endpoint));
    }
}

/// Closes what is older than a minute, as it comes back.
#[derive(Debug)]
struct Minute;

impl EvictPolicy for Minute {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let at = conn.created().after(Duration::from_secs(60));
        Some(Expiry::new(at, Moments::RELEASE, Reason::new("minute")))
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Birth
    }
}

fn pool(wants: bool) -> (Sim, Seen<Told>) {
    let witness = Witness { wants, seen: Seen::default() };
    let seen = witness.seen.clone();
    let policies = Policies {
        release: Named::new("witness", Box::new(witness)),
        evict: vec![Named::new("minute", Box::new(Minute))],
        ..Policies::plain()
    };
    (Sim::new(Plan { options: PoolOptions::default(), policies, seed: 1 }, ["a"]), seen)
}

#[test]
fn each_end_is_told_once() {
    for outcome in Outcome::ALL.iter().copied() {
        let (mut sim, seen) = pool(true);
        for ends in [Outcome::Ok, outcome] {
            let caller = sim.acquire();
            sim.release_as(caller, ends);
        }
        let told = if outcome.reusable() { Asked(outcome, 2) } else { Lost(outcome, 2) };
        assert_eq!(seen.take(), [Asked(Outcome::Ok, 1), told]);
    }
}

#[test]
fn one_that_ended_well_and_is_too_old_is_lost() {
    let (mut sim, seen) = pool(true);
    let caller = sim.acquire();
    sim.advance(Duration::from_secs(60));
    sim.release(caller);
    assert_eq!(seen.take(), [Lost(Outcome::Ok, 1)]);
}

#[test]
fn one_that_was_dead_before_its_use_is_lost() {
    let (mut sim, seen) = pool(true);
    let first = sim.acquire();
    sim.release(first);
    sim.cut("a");
    let second = sim.acquire();
    sim.release(second);
    assert_eq!(seen.take(), [Asked(Outcome::Ok, 1), Lost(Outcome::Dead, 2), Asked(Outcome::Ok, 1)]);
}

#[test]
fn of_a_shared_connection_it_is_lost_only_if_it_goes() {
    let (mut sim, seen) = pool(true);
    sim.script().dials("a", Dial::shared(Duration::ZERO, 4));
    let callers: Vec<_> = (0..3).map(|_| sim.acquire()).collect();
    let ends = [Outcome::Discarded, Outcome::Broken, Outcome::Ok];
    callers.into_iter().zip(ends).for_each(|(caller, outcome)| sim.release_as(caller, outcome));
    let told = seen.take();
    assert_eq!(told, [Asked(Outcome::Discarded, 3), Lost(Outcome::Broken, 3), Asked(Outcome::Ok, 3)]);
}

#[test]
fn of_an_endpoint_that_has_left_nothing_is_told_but_that() {
    let (mut sim, seen) = pool(true);
    let caller = sim.acquire();
    let a = sim.with_machine(|machine, _| machine.endpoint_named("a")).expect("it is there");
    sim.set_endpoints(["b"]);
    sim.release_as(caller, Outcome::Broken);
    assert_eq!(seen.take(), [Told::Left(a)]);
}

#[test]
fn who_does_not_want_to_know_is_not_told() {
    let (mut sim, seen) = pool(false);
    let caller = sim.acquire();
    sim.release_as(caller, Outcome::Broken);
    assert_eq!(seen.take(), []);
}
