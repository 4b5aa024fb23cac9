//! No law is broken by what is right: the machine's own plain policies keep them all.

use std::time::Duration;

use pool_core::{
    AcquirePolicy, AcquireRule, BalancePolicy, Cx, Decision, EndpointId, EndpointsView, EntryId, EvictPolicy, Expiry,
    ExpiryRule, Factory, HealthPolicy, IdleView, LeaseView, Membership, Next, OptionError, Outcome, Plugin, Policies,
    QueuePolicy, QueueView, Reason, ReleasePolicy, ReleaseRule, Review, Settle, Standing, Standings, Time,
};
use pool_testkit::Conformance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plain policies under a kind.
#[derive(Debug)]
struct Plain(Policies);

/// The words of the plain policies, whatever their role.
const REASONS: &[Reason] =
    &[Reason::new("newest"), Reason::new("keep"), Reason::new("in-turn"), Reason::new("healthy"), Reason::new("first")];

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

impl AcquirePolicy for Plain {
    fn choose(&mut self, idle: &IdleView<'_>, cx: &mut Cx<'_>) -> Decision<EntryId> {
        self.0.acquire.choose(idle, cx)
    }

    fn rule(&self) -> Option<AcquireRule> {
        self.0.acquire.rule()
    }
}

impl ReleasePolicy for Plain {
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        self.0.release.settle(lease, cx)
    }

    fn rule(&self) -> Option<ReleaseRule> {
        self.0.release.rule()
    }
}

/// A plain pool has no evict policy at all, which is one that never answers.
impl EvictPolicy for Plain {
    fn expires_at(&self, _: &pool_core::ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Never
    }
}

impl BalancePolicy for Plain {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        self.0.balance.pick(endpoints, cx)
    }

    fn served(&mut self, endpoint: EndpointId, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) {
        self.0.balance.served(endpoint, endpoints, cx);
    }

    fn membership(&mut self, change: Membership<'_>) {
        self.0.balance.membership(change);
    }
}

/// A plain pool has no health policy, which is one under which everybody serves.
impl HealthPolicy for Plain {
    fn ended(&mut self, _: EndpointId, _: Outcome, _: Duration, _: &mut Cx<'_>) -> Review {
        Review::AsPlanned
    }

    fn review(&mut self, endpoints: &EndpointsView<'_>, standings: &mut Standings, _: &mut Cx<'_>) -> Time {
        endpoints.iter().for_each(|it| standings.set(it.id(), Standing::Serves, Reason::new("healthy")));
        Time::NEVER
    }
}

/// Nor has it a queue policy, which is one that serves in turn.
impl QueuePolicy for Plain {
    fn next(&mut self, _: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        Decision::of(Next::Oldest, Reason::new("first"))
    }
}

macro_rules! factory {
    ($policy:ident) => {
        impl Factory<dyn $policy> for Plain {
            const KIND: &'static str = "plain";
            const SUMMARY: &'static str = "What a pool does when nobody chose";
            const EXAMPLE: &'static str = "kind = \"plain\"";
            const CRATE: &'static str = env!("CARGO_PKG_NAME");
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const REASONS: &'static [Reason] = REASONS;
            type Options = NoOptions;

            fn build(NoOptions {}: NoOptions) -> Result<Box<dyn $policy>, OptionError> {
                Ok(Box::new(Plain(Policies::plain())))
            }
        }
    };
}

factory!(AcquirePolicy);
factory!(ReleasePolicy);
factory!(EvictPolicy);
factory!(BalancePolicy);
factory!(HealthPolicy);
factory!(QueuePolicy);

#[test]
fn acquire() {
    Conformance::of(Plugin::acquire::<Plain>()).assert();
}

#[test]
fn release() {
    Conformance::of(Plugin::release::<Plain>()).assert();
}

#[test]
fn evict() {
    Conformance::of(Plugin::evict::<Plain>()).assert();
}

#[test]
fn balance() {
    Conformance::of(Plugin::balance::<Plain>()).assert();
}

#[test]
fn health() {
    Conformance::of(Plugin::health::<Plain>()).assert();
}

#[test]
fn queue() {
    Conformance::of(Plugin::queue::<Plain>()).assert();
}
