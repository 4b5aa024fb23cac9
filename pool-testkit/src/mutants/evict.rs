//! Evict policies that are wrong on purpose.

mod pruners;

pub use pruners::{ELEPHANT, ROLLS_DICE};

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use pool_core::{
    ConnView, Cx, Decision, EntryId, EvictPolicy, Expiry, ExpiryRule, Factory, IdleView, Moments, OptionError, Plugin,
    Reason, Time,
};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(FRESH_JITTER, "deadline-is-stable"),
    Mutant::new(PREMATURE, "expires-after-birth"),
    Mutant::new(UNWATCHED, "expiry-is-looked-at"),
    Mutant::new(STALE, "victim-is-on-view"),
    Mutant::new(GREEDY, "never-names-a-leased-one"),
    Mutant::new(WAVERS, "victim-when-it-can"),
    Mutant::new(STUMBLES, "victim-when-it-can"),
    Mutant::new(LIES, "rule-is-the-policy"),
    Mutant::new(OWN_DICE, "can-be-replayed"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(STILLBORN, "pool-stays-right"),
    Mutant::new(JEALOUS, "never-overruled"),
    Mutant::new(ELEPHANT, "forgets-who-left"),
    Mutant::new(ROLLS_DICE, "can-be-replayed"),
];

const OLD: Reason = Reason::new("old");
const REASONS: &[Reason] = &[OLD];
const MINUTE: Duration = Duration::from_secs(60);

fn at(at: Time) -> Option<Expiry> {
    Some(Expiry::new(at, Moments::ALL, OLD))
}

plugin!(FRESH_JITTER = evict EvictPolicy FreshJitter("fresh-jitter"), "It draws its jitter anew at each question");

#[derive(Debug, Default)]
struct FreshJitter;

impl EvictPolicy for FreshJitter {
    fn expires_at(&self, conn: &ConnView<'_>, cx: &mut Cx<'_>) -> Option<Expiry> {
        at(conn.created().after(MINUTE.mul_f64(1.0 - cx.random.unit() / 10.0)))
    }
}

plugin!(PREMATURE = evict EvictPolicy Premature("premature"), "Its connections expire before they are born");

#[derive(Debug, Default)]
struct Premature;

impl EvictPolicy for Premature {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        at(Time::from_nanos(conn.created().as_nanos() / 2))
    }
}

plugin!(UNWATCHED = evict EvictPolicy Unwatched("unwatched"), "It sets deadlines that nobody looks at");

#[derive(Debug, Default)]
struct Unwatched;

impl EvictPolicy for Unwatched {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        Some(Expiry::new(conn.created().after(MINUTE), Moments::NONE, OLD))
    }
}

plugin!(STALE = evict EvictPolicy Stale("stale"), "It names as victim the connection it saw first, for ever");

#[derive(Debug, Default)]
struct Stale {
    first: Option<EntryId>,
}

impl EvictPolicy for Stale {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        self.first = self.first.or(idle.oldest().map(|conn| conn.id()));
        self.first.map(|first| Decision::of(first, OLD))
    }
}

plugin!(GREEDY = evict EvictPolicy Greedy("greedy"), "Its victim is the one that was idle longest when it was asked last");

#[derive(Debug, Default)]
struct Greedy {
    last: Option<EntryId>,
}

impl EvictPolicy for Greedy {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        let oldest = idle.oldest().map(|conn| conn.id());
        let named = self.last.or(oldest);
        self.last = oldest;
        named.map(|id| Decision::of(id, OLD))
    }
}

plugin!(WAVERS = evict EvictPolicy Wavers("wavers"), "It says that it will name a victim, and names none");

#[derive(Debug, Default)]
struct Wavers;

impl EvictPolicy for Wavers {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, _: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        Some(Decision::none(OLD))
    }
}

plugin!(STUMBLES = evict EvictPolicy Stumbles("stumbles"), "It takes for granted that one is idle");

#[derive(Debug, Default)]
struct Stumbles;

impl EvictPolicy for Stumbles {
    fn expires_at(&self, _: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        None
    }

    fn victim(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Option<Decision<EntryId>> {
        Some(Decision::of(idle.oldest().expect("one is idle").id(), OLD))
    }
}

plugin!(LIES = evict EvictPolicy Lies("lies"), "Each release moves its deadline, and its rule says that birth fixes it");

#[derive(Debug, Default)]
struct Lies;

impl EvictPolicy for Lies {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        at(conn.idle_since().after(MINUTE))
    }

    fn rule(&self) -> ExpiryRule {
        ExpiryRule::Birth
    }
}

plugin!(OWN_DICE = evict EvictPolicy OwnDice("own-dice"), "It brings randomness of its own, which no seed replays");

#[derive(Debug, Default)]
struct OwnDice {
    dice: RandomState,
}

impl EvictPolicy for OwnDice {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        at(conn.created().after(Duration::from_nanos(self.dice.hash_one(conn.id()) >> 8)))
    }
}

plugin!(SHOUTS = evict EvictPolicy Shouts("shouts"), "Its reason is a sentence");

#[derive(Debug, Default)]
struct Shouts;

impl EvictPolicy for Shouts {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        let reason = Reason::new("It was older than a minute.");
        Some(Expiry::new(conn.created().after(MINUTE), Moments::ALL, reason))
    }
}

plugin!(STILLBORN = evict EvictPolicy Stillborn("stillborn"), "Whoever would get a connection finds it too old");

#[derive(Debug, Default)]
struct Stillborn;

impl EvictPolicy for Stillborn {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        Some(Expiry::new(conn.created(), Moments::ACQUIRE, OLD))
    }
}

plugin!(JEALOUS = evict EvictPolicy Jealous("jealous"), "It takes for granted that it is asked only of what nobody uses");

#[derive(Debug, Default)]
struct Jealous;

impl EvictPolicy for Jealous {
    fn expires_at(&self, conn: &ConnView<'_>, _: &mut Cx<'_>) -> Option<Expiry> {
        assert_eq!(conn.shares(), 0, "nobody uses it");
        at(conn.created().after(MINUTE))
    }
}
