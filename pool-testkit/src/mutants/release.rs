//! Release policies that are wrong on purpose.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};

use pool_core::{
    Cx, Decision, EntryId, Factory, LeaseView, OptionError, Outcome, Plugin, Reason, ReleasePolicy, ReleaseRule, Settle,
};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(MUTE, "settles-everything"),
    Mutant::new(STUMBLES, "settles-everything"),
    Mutant::new(SENTIMENTAL, "survives-losses"),
    Mutant::new(LIES, "rule-is-the-policy"),
    Mutant::new(MISCOUNTS, "rule-is-the-policy"),
    Mutant::new(COUNTS_GLOBALLY, "can-be-replayed"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(CROWDED, "never-overruled"),
    Mutant::new(OWN_DICE, "runs-can-be-replayed"),
];

const KEEP: Reason = Reason::new("keep");
const CLOSE: Reason = Reason::new("close");
const REASONS: &[Reason] = &[KEEP, CLOSE];

plugin!(MUTE = release ReleasePolicy Mute("mute"), "It has no answer to a lease that failed");

#[derive(Debug, Default)]
struct Mute;

impl ReleasePolicy for Mute {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision { choice: (lease.outcome() == Outcome::Ok).then_some(Settle::Keep), reason: KEEP }
    }
}

plugin!(STUMBLES = release ReleasePolicy Stumbles("stumbles"), "It divides by the time that the lease took");

#[derive(Debug, Default)]
struct Stumbles;

impl ReleasePolicy for Stumbles {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        let busy = lease.age().as_nanos() / lease.held_for().as_nanos();
        Decision::of(if busy > 0 { Settle::Keep } else { Settle::Close }, KEEP)
    }
}

plugin!(
    SENTIMENTAL = release ReleasePolicy Sentimental("sentimental"),
    "It takes for granted that it heard of every connection before it was lost"
);

#[derive(Debug, Default)]
struct Sentimental {
    known: HashSet<EntryId>,
}

impl ReleasePolicy for Sentimental {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        self.known.insert(lease.id());
        Decision::of(Settle::Keep, KEEP)
    }

    fn wants_losses(&self) -> bool {
        true
    }

    fn lost(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) {
        assert!(self.known.remove(&lease.id()), "it was here before");
    }
}

plugin!(LIES = release ReleasePolicy Lies("lies"), "It closes everything, and its rule says keep");

#[derive(Debug, Default)]
struct Lies;

impl ReleasePolicy for Lies {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Close, KEEP)
    }

    fn rule(&self) -> Option<ReleaseRule> {
        Some(ReleaseRule::Keep(KEEP))
    }
}

plugin!(MISCOUNTS = release ReleasePolicy Miscounts("miscounts"), "It closes after one lease more than its rule says");

#[derive(Debug, Default)]
struct Miscounts;

impl ReleasePolicy for Miscounts {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        if lease.uses() > 2 { Decision::of(Settle::Close, CLOSE) } else { Decision::of(Settle::Keep, KEEP) }
    }

    fn rule(&self) -> Option<ReleaseRule> {
        Some(ReleaseRule::MaxUses { uses: 2, keep: KEEP, close: CLOSE })
    }
}

plugin!(
    COUNTS_GLOBALLY = release ReleasePolicy CountsGlobally("counts-globally"),
    "It closes every seventh connection, counted over all pools"
);

#[derive(Debug, Default)]
struct CountsGlobally;

static CALLS: AtomicUsize = AtomicUsize::new(0);

impl ReleasePolicy for CountsGlobally {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        match CALLS.fetch_add(1, Ordering::Relaxed) % 7 {
            0 => Decision::of(Settle::Close, CLOSE),
            _ => Decision::of(Settle::Keep, KEEP),
        }
    }
}

plugin!(SHOUTS = release ReleasePolicy Shouts("shouts"), "Its reason is empty");

#[derive(Debug, Default)]
struct Shouts;

impl ReleasePolicy for Shouts {
    fn settle(&mut self, _: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        Decision::of(Settle::Keep, Reason::new(""))
    }
}

plugin!(CROWDED = release ReleasePolicy Crowded("crowded"), "It takes for granted that a shared connection is not full");

#[derive(Debug, Default)]
struct Crowded;

impl ReleasePolicy for Crowded {
    fn settle(&mut self, lease: &LeaseView<'_>, _: &mut Cx<'_>) -> Decision<Settle> {
        let free = lease.capacity().checked_sub(lease.shares() + 1).expect("there is a place");
        Decision::of(if free < 100 { Settle::Keep } else { Settle::Close }, KEEP)
    }
}

plugin!(
    OWN_DICE = release ReleasePolicy OwnDice("own-dice"),
    "What becomes of a shared connection is up to dice of its own, which no seed replays"
);

#[derive(Debug, Default)]
struct OwnDice {
    dice: RandomState,
}

impl ReleasePolicy for OwnDice {
    fn settle(&mut self, lease: &LeaseView<'_>, cx: &mut Cx<'_>) -> Decision<Settle> {
        let closes = lease.capacity() > 1 && self.dice.hash_one((lease.id(), cx.now)) % 2 == 0;
        if closes { Decision::of(Settle::Close, CLOSE) } else { Decision::of(Settle::Keep, KEEP) }
    }
}
