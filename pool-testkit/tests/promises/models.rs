//! Plain policies that keep a promise, or break it in the way that everybody breaks it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use pool_core::{
    BalancePolicy, Cx, Decision, EndpointId, EndpointView, EndpointsView, Factory, Membership, OptionError, Outcome,
    Plugin, Reason,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const WHY: Reason = Reason::new("model");

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoOptions {}

macro_rules! model {
    ($plugin:ident = $type:ident($kind:literal)) => {
        pub(crate) const $plugin: Plugin = Plugin::balance::<$type>();

        impl Factory<dyn BalancePolicy> for $type {
            const KIND: &'static str = $kind;
            const SUMMARY: &'static str = "A model";
            const EXAMPLE: &'static str = concat!("kind = \"", $kind, "\"");
            const CRATE: &'static str = env!("CARGO_PKG_NAME");
            const VERSION: &'static str = env!("CARGO_PKG_VERSION");
            const REASONS: &'static [Reason] = &[WHY];
            type Options = NoOptions;

            fn build(NoOptions {}: NoOptions) -> Result<Box<dyn BalancePolicy>, OptionError> {
                Ok(Box::new($type::default()))
            }
        }
    };
}

/// The first of the eligible that has least of something.
fn least<K: PartialOrd>(endpoints: &EndpointsView<'_>, of: impl Fn(&EndpointView<'_>) -> K) -> Decision<EndpointId> {
    let least = endpoints.eligible().reduce(|best, next| if of(&next) < of(&best) { next } else { best });
    Decision { choice: least.map(|it| it.id()), reason: WHY }
}

fn load(endpoint: &EndpointView<'_>) -> f64 {
    (endpoint.in_flight() + 1) as f64 / f64::from(endpoint.weight().max(1))
}

model!(LEAST_LOADED = LeastLoaded("least-loaded"));

/// The fewest leases for its weight; a failure counts as a lease until the next success.
#[derive(Debug, Default)]
pub(crate) struct LeastLoaded {
    failures: HashMap<EndpointId, u32>,
}

impl BalancePolicy for LeastLoaded {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, |it| load(it) + f64::from(self.failures.get(&it.id()).copied().unwrap_or(0)))
    }

    fn wants_feedback(&self) -> bool {
        true
    }

    fn feedback(&mut self, endpoint: EndpointId, outcome: Outcome, _: Duration, _: &mut Cx<'_>) {
        match outcome {
            Outcome::Ok => drop(self.failures.remove(&endpoint)),
            _ => *self.failures.entry(endpoint).or_default() += 1,
        }
    }

    fn membership(&mut self, change: Membership<'_>) {
        if let Membership::Left(id) = change {
            self.failures.remove(&id);
        }
    }
}

model!(GULLIBLE = Gullible("gullible"));

/// The fewest leases for its weight, so that who fails at once seems to be free.
#[derive(Debug, Default)]
pub(crate) struct Gullible;

impl BalancePolicy for Gullible {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, load)
    }
}

model!(EVEN = Even("even"));

/// The fewest leases ever, so that a newcomer gets all until it has caught up.
#[derive(Debug, Default)]
pub(crate) struct Even {
    served: HashMap<EndpointId, u64>,
}

impl BalancePolicy for Even {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, _: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, |it| self.served.get(&it.id()).copied().unwrap_or(0))
    }

    fn served(&mut self, endpoint: EndpointId, _: &EndpointsView<'_>, _: &mut Cx<'_>) {
        *self.served.entry(endpoint).or_default() += 1;
    }
}

fn hash(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

model!(RENDEZVOUS = Rendezvous("rendezvous"));

/// The highest hash of key and endpoint.
#[derive(Debug, Default)]
pub(crate) struct Rendezvous;

impl BalancePolicy for Rendezvous {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        least(endpoints, |it| hash((cx.key, it.spec().name())))
    }
}

model!(MODULO = Modulo("modulo"));

/// The key, divided by the number of endpoints.
#[derive(Debug, Default)]
pub(crate) struct Modulo;

impl BalancePolicy for Modulo {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let eligible: Vec<_> = endpoints.eligible().collect();
        let at = hash(cx.key) % eligible.len().max(1) as u64;
        Decision { choice: eligible.get(at as usize).map(EndpointView::id), reason: WHY }
    }
}

model!(SUBSET = Subset("subset"));

/// Of the three endpoints with the highest hash of their own, the highest hash of key and endpoint.
#[derive(Debug, Default)]
pub(crate) struct Subset;

impl BalancePolicy for Subset {
    fn pick(&mut self, endpoints: &EndpointsView<'_>, cx: &mut Cx<'_>) -> Decision<EndpointId> {
        let mut eligible: Vec<_> = endpoints.eligible().collect();
        eligible.sort_by_key(|it| hash(it.spec().name()));
        let best = eligible.iter().take(3).min_by_key(|it| hash((cx.key, it.spec().name())));
        Decision { choice: best.map(EndpointView::id), reason: WHY }
    }
}
