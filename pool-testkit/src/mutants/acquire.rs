//! Acquire policies that are wrong on purpose.

use std::sync::atomic::{AtomicUsize, Ordering};

use pool_core::{AcquirePolicy, AcquireRule, Cx, Decision, EntryId, Factory, IdleView, OptionError, Plugin, Reason};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(STALE, "chooses-from-the-view"),
    Mutant::new(SHY, "chooses-when-it-can"),
    Mutant::new(STUMBLES, "chooses-when-it-can"),
    Mutant::new(COUNTS_GLOBALLY, "can-be-replayed"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(LIES, "rule-is-the-policy"),
    Mutant::new(SOLITARY, "never-overruled"),
    Mutant::new(SPEECHLESS, "events-say-why"),
    Mutant::new(FREE_SPOKEN, "told-in-full"),
];

const NEWEST: Reason = Reason::new("newest");
const REASONS: &[Reason] = &[NEWEST];

fn newest(idle: &IdleView<'_>) -> Option<EntryId> {
    idle.newest().map(|conn| conn.id())
}

plugin!(STALE = acquire AcquirePolicy Stale("stale"), "It hands out the connection it saw first, for ever");

#[derive(Debug, Default)]
struct Stale {
    first: Option<EntryId>,
}

impl AcquirePolicy for Stale {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        self.first = self.first.or(newest(idle));
        Decision { choice: self.first, reason: NEWEST }
    }
}

plugin!(SHY = acquire AcquirePolicy Shy("shy"), "It does not touch the last idle connection");

#[derive(Debug, Default)]
struct Shy;

impl AcquirePolicy for Shy {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: newest(idle).filter(|_| idle.len() > 1), reason: NEWEST }
    }
}

plugin!(STUMBLES = acquire AcquirePolicy Stumbles("stumbles"), "It takes for granted that there are two");

#[derive(Debug, Default)]
struct Stumbles;

impl AcquirePolicy for Stumbles {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let second = idle.newest_first().nth(1).expect("there are two");
        Decision::of(second.id(), NEWEST)
    }
}

plugin!(
    COUNTS_GLOBALLY = acquire AcquirePolicy CountsGlobally("counts-globally"),
    "It takes turns by a counter that all pools share"
);

#[derive(Debug, Default)]
struct CountsGlobally;

static CALLS: AtomicUsize = AtomicUsize::new(0);

impl AcquirePolicy for CountsGlobally {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let turn = CALLS.fetch_add(1, Ordering::Relaxed) % idle.len().max(1);
        Decision { choice: idle.newest_first().nth(turn).map(|conn| conn.id()), reason: NEWEST }
    }
}

plugin!(SHOUTS = acquire AcquirePolicy Shouts("shouts"), "Its reason is no word");

#[derive(Debug, Default)]
struct Shouts;

impl AcquirePolicy for Shouts {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: newest(idle), reason: Reason::new("Newest first!") }
    }
}

plugin!(LIES = acquire AcquirePolicy Lies("lies"), "It chooses the oldest, and its rule says the newest");

#[derive(Debug, Default)]
struct Lies;

impl AcquirePolicy for Lies {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        Decision { choice: idle.oldest().map(|conn| conn.id()), reason: NEWEST }
    }

    fn rule(&self) -> Option<AcquireRule> {
        Some(AcquireRule::Newest(NEWEST))
    }
}

plugin!(SOLITARY = acquire AcquirePolicy Solitary("solitary"), "It hands out only what nobody else uses");

#[derive(Debug, Default)]
struct Solitary;

impl AcquirePolicy for Solitary {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let unused = idle.newest_first().find(|conn| conn.shares() == 0);
        Decision { choice: unused.map(|conn| conn.id()), reason: NEWEST }
    }
}

plugin!(SPEECHLESS = acquire AcquirePolicy Speechless("speechless"), "It has no word for what others use already");

#[derive(Debug, Default)]
struct Speechless;

impl AcquirePolicy for Speechless {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let shared = idle.newest().is_some_and(|conn| conn.shares() > 0);
        Decision { choice: newest(idle), reason: if shared { Reason::new("") } else { NEWEST } }
    }
}

/// It declares one reason and gives another where connections are shared.
pub const FREE_SPOKEN: Plugin = Plugin::acquire::<FreeSpoken>();

#[derive(Debug, Default)]
struct FreeSpoken;

impl AcquirePolicy for FreeSpoken {
    fn choose(&mut self, idle: &IdleView<'_>, _: &mut Cx<'_>) -> Decision<EntryId> {
        let shared = idle.newest().is_some_and(|conn| conn.shares() > 0);
        Decision { choice: newest(idle), reason: if shared { Reason::new("shared") } else { NEWEST } }
    }
}

impl Factory<dyn AcquirePolicy> for FreeSpoken {
    const KIND: &'static str = "free-spoken";
    const SUMMARY: &'static str = "It gives a reason that it does not declare";
    const EXAMPLE: &'static str = "kind = \"free-spoken\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const REASONS: &'static [Reason] = REASONS;
    type Options = NoOptions;

    fn build(NoOptions {}: NoOptions) -> Result<Box<dyn AcquirePolicy>, OptionError> {
        Ok(Box::new(FreeSpoken))
    }
}
