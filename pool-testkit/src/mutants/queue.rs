//! Queue policies that are wrong on purpose.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use pool_core::{Cx, Decision, Factory, Next, OptionError, Plugin, QueuePolicy, QueueView, Reason, Time};

use super::{Mutant, NoOptions, plugin};

/// Every one of this role.
pub const ALL: &[Mutant] = &[
    Mutant::new(STUMBLES, "answers-in-every-queue"),
    Mutant::new(NERVOUS, "a-calm-queue-loses-nobody"),
    Mutant::new(CLOSED, "an-overload-is-served-too"),
    Mutant::new(BEARS_GRUDGES, "an-overload-is-forgotten"),
    Mutant::new(SHOUTS, "says-why"),
    Mutant::new(OWN_DICE, "can-be-replayed"),
    Mutant::new(NEVER_YOUNG, "never-overruled"),
];

const TURN: Reason = Reason::new("turn");
const LATE: Reason = Reason::new("late");
const REASONS: &[Reason] = &[TURN, LATE];
const LONG: Duration = Duration::from_millis(100);

const OLDEST: Decision<Next> = Decision::of(Next::Oldest, TURN);
const AWAY: Decision<Next> = Decision::of(Next::TurnAwayOldest, LATE);

plugin!(STUMBLES = queue QueuePolicy Stumbles("stumbles"), "It divides by how long the last has waited");

#[derive(Debug, Default)]
struct Stumbles;

impl QueuePolicy for Stumbles {
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        let times = queue.oldest_waited().as_nanos() / queue.newest_waited().as_nanos();
        if times > 1_000_000_000 { AWAY } else { OLDEST }
    }
}

plugin!(NERVOUS = queue QueuePolicy Nervous("nervous"), "It turns away where two wait");

#[derive(Debug, Default)]
struct Nervous;

impl QueuePolicy for Nervous {
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        if queue.len() > 1 { AWAY } else { OLDEST }
    }
}

plugin!(CLOSED = queue QueuePolicy Closed("closed"), "Once somebody has waited for long, it turns away all who wait");

#[derive(Debug, Default)]
struct Closed {
    closed_at: Option<Time>,
}

impl QueuePolicy for Closed {
    fn next(&mut self, queue: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        if queue.oldest_waited() > LONG {
            self.closed_at = Some(cx.now);
        }
        let closed = self.closed_at.is_some_and(|at| cx.now.since(at) < Duration::from_secs(60));
        if closed { AWAY } else { OLDEST }
    }
}

plugin!(
    BEARS_GRUDGES = queue QueuePolicy BearsGrudges("bears-grudges"),
    "After an overload it turns away every other caller for ever"
);

#[derive(Debug, Default)]
struct BearsGrudges {
    overloaded: bool,
    turn: bool,
}

impl QueuePolicy for BearsGrudges {
    fn next(&mut self, queue: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        self.overloaded |= queue.oldest_waited() > LONG;
        self.turn = !self.turn;
        if self.overloaded && self.turn { AWAY } else { OLDEST }
    }
}

plugin!(SHOUTS = queue QueuePolicy Shouts("shouts"), "Its reason is no word");

#[derive(Debug, Default)]
struct Shouts;

impl QueuePolicy for Shouts {
    fn next(&mut self, _: &QueueView, _: &mut Cx<'_>) -> Decision<Next> {
        Decision::of(Next::Oldest, Reason::new("First come, first served"))
    }
}

plugin!(OWN_DICE = queue QueuePolicy OwnDice("own-dice"), "It brings randomness of its own, which no seed replays");

#[derive(Debug, Default)]
struct OwnDice {
    dice: RandomState,
}

impl QueuePolicy for OwnDice {
    fn next(&mut self, _: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        let newest = self.dice.hash_one(cx.now).is_multiple_of(2);
        if newest { Decision::of(Next::Newest, TURN) } else { OLDEST }
    }
}

plugin!(NEVER_YOUNG = queue QueuePolicy NeverYoung("never-young"), "It takes for granted that the pool is not young");

#[derive(Debug, Default)]
struct NeverYoung;

impl QueuePolicy for NeverYoung {
    fn next(&mut self, _: &QueueView, cx: &mut Cx<'_>) -> Decision<Next> {
        let before = cx.now.as_nanos().checked_sub(5_000_000_000).expect("the pool is five seconds old");
        Decision::of(Next::Oldest, if before > 0 { TURN } else { LATE })
    }
}
