//! A policy that panics in whatever it is asked or told: the pool serves on, and counts it.

use std::time::Duration;

use pool_core::{
    AcquirePolicy, AcquireRule, BalancePolicy, Change, Cx, Decision, EndpointId, EndpointsView, EntryId, EvictPolicy,
    Expiry, ExpiryRule, IdleView, LeaseView, Membership, Named, Outcome, Plan, Policies, PolicyFault, Reason,
    ReleasePolicy, ReleaseRule, Settle, State,
};
use pool_sim::Sim;

const WHY: Reason = Reason::new("test");

/// Where it panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Served,
    WantsFeedback,
    Feedback,
    Joined,
    Changed,
    Left,
    Rule,
    Deadline,
    Victim,
    Drop,
}

#[derive(Debug)]
struct Frail(At);

impl Frail {
    fn strike(&self, at: At) {
        if self.0 == at {
            // Without the message that a panic prints.
            std::panic::resume_unwind(Box::new("frail"));
        }
    }
}

impl Drop for Frail {
    fn drop(&mut self) {
        self.strike(At::Drop);
    }
}

impl BalancePolicy for Frail {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        Decision { choice: endpoints.eligible().next().map(|endpoint| endpoint.id()), reason: WHY }
    }

    fn served(&mut self, _: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        self.strike(At::Served);
    }

    fn wants_feedback(&self) -> bool {
        self.strike(At::WantsFeedback);
        true
    }

    fn feedback(&mut self, _: EndpointId, _: Outcome, _: Duration, _: &mut Cx<'_>) {
        self.strike(At::Feedback);
    }

    fn membership(&mut self, change: Membership<'_>) {
        match change {
            Membership::Joined(..) => self.strike(At::Joined),
            Membership::Changed(..) => self.strike(At::Changed),
            _ => self.strike(At::Left),
        }
    }
}

impl AcquirePolicy for Frail {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.newest().map(|conn| conn.id()), reason: WHY }
    }

    fn rule(&self) -> Option<AcquireRule> {
        self.strike(At::Rule);
        None
    }
}

impl ReleasePolicy for Frail {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, WHY)
    }

    fn rule(&self) -> Option<ReleaseRule> {
        self.strike(At::Rule);
        None
    }
}

impl EvictPolicy for Frail {
    fn expires_at(&self, _: &pool_core::ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        self.strike(At::Deadline);
        None
    }

    fn victim(&mut self, _: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        self.strike(At::Victim);
        None
    }

    fn rule(&self) -> ExpiryRule {
        self.strike(At::Rule);
        ExpiryRule::Ask
    }
}

fn frail(at: At) -> Policies {
    let mut policies = Policies::plain();
    policies.acquire = Named::new("frail", Box::new(Frail(at)));
    policies.release = Named::new("frail", Box::new(Frail(at)));
    policies.evict.push(Named::new("frail", Box::new(Frail(at))));
    policies.balance = Named::new("frail", Box::new(Frail(at)));
    policies
}

/// Everything that a policy can be asked or told happens once at least.
fn live(at: At) -> Sim {
    let mut plan = Plan { policies: frail(at), ..Plan::default() };
    plan.options.limits.max_open = 4;
    plan.options.limits.max_idle = Some(1);
    let mut sim = Sim::new(plan, ["a", "b"]);
    for _ in 0..3 {
        let callers = [sim.acquire(), sim.acquire()];
        assert!(callers.iter().all(|caller| sim.conn_of(*caller).is_some()), "{at:?}: {}", sim.timeline());
        callers.into_iter().for_each(|caller| sim.release(caller));
        sim.advance(Duration::from_millis(10));
    }
    sim.set_endpoints([pool_core::Endpoint::new("a").weight(3), "c".into()]);
    let served = sim.acquire();
    assert!(sim.conn_of(served).is_some(), "{at:?}: {}", sim.timeline());
    sim.release(served);
    sim
}

#[test]
fn a_policy_that_panics_where_it_is_told_something_breaks_nothing() {
    for at in [
        At::Served,
        At::WantsFeedback,
        At::Feedback,
        At::Joined,
        At::Changed,
        At::Left,
        At::Rule,
        At::Deadline,
        At::Victim,
    ] {
        let end = live(at).snapshot();
        assert_eq!((end.leases, end.pending, end.count(State::Idle)), (0, 0, 1), "{at:?}");
        let counters = end.counters();
        assert_eq!((counters.acquired, counters.released), (7, 7), "{at:?}");
        // What a policy says of itself is asked once: it is no decision that was overruled.
        let counted = end.faults.iter().any(|fault| fault.fault == PolicyFault::Panic && fault.policy == "frail");
        assert_eq!(counted, !matches!(at, At::Rule | At::WantsFeedback), "{at:?}: {:?}", end.faults);
    }
}

#[test]
fn a_policy_that_panics_as_it_is_dropped_is_replaced_all_the_same() {
    let mut sim = live(At::Drop);
    let policies = Policies::plain();
    sim.reconfigure(Change {
        options: None,
        acquire: Some(policies.acquire),
        release: Some(policies.release),
        evict: Some(policies.evict),
        balance: Some(policies.balance),
        ..Change::default()
    });
    assert_eq!(sim.snapshot().policies.balance, Policies::plain().balance.kind);
    let served = sim.acquire();
    assert!(sim.conn_of(served).is_some(), "{}", sim.timeline());
    // And with the pool itself.
    drop(live(At::Drop));
}
