//! Those that prune.

use std::collections::HashMap;
use std::time::Duration;

use pool_core::{
    ConnView, Cx, Decision, EndpointId, EvictPolicy, Expiry, Factory, OptionError, Plugin, Reason, UsageView,
};

use super::super::{NoOptions, plugin};
use super::{OLD, REASONS};

const EVERY: Option<Duration> = Some(Duration::from_secs(5));

/// The right thing, from which each departs in one way: what was not used since it was asked last is too many.
fn unused(usage: &UsageView<'_>) -> u32 {
    (usage.used() + usage.idle()).saturating_sub(usage.most_used())
}

plugin!(ELEPHANT = evict EvictPolicy Elephant("elephant"), "It never forgets how many an endpoint needed");

#[derive(Debug, Default)]
struct Elephant {
    needed: HashMap<EndpointId, u32>,
}

impl EvictPolicy for Elephant {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn prunes_every(&self) -> Option<Duration> {
        EVERY
    }

    fn prune(&mut self, usage: &UsageView<'_>, _: &mut Cx<'_>) -> Option<Decision<u32>> {
        self.needed.insert(usage.id(), usage.most_used());
        Some(Decision::of(unused(usage), OLD))
    }
}

plugin!(ROLLS_DICE = evict EvictPolicy RollsDice("rolls-dice"), "It counts in an order that no two runs have alike");

#[derive(Debug, Default)]
struct RollsDice {
    needed: HashMap<usize, u32>,
}

impl EvictPolicy for RollsDice {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn prunes_every(&self) -> Option<Duration> {
        EVERY
    }

    fn prune(&mut self, usage: &UsageView<'_>, _: &mut Cx<'_>) -> Option<Decision<u32>> {
        self.needed.insert(usage.id().index() % 8, usage.most_used());
        let any = self.needed.values().next().copied().unwrap_or_default();
        Some(Decision::of(unused(usage).min(any), OLD))
    }
}
