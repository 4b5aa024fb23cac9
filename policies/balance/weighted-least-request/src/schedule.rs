//! Whose turn it is: the earliest deadline first.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use pool_core::EndpointId;

/// Turns of endpoints, in a time of its own that moves with the turns taken: with a weight of 1 a turn is one unit
/// long, with one of 2 half a unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    /// When the last turn came that was taken.
    now: u128,
    /// How many turns were given out, to tell between those that come at the same time.
    given: u64,
    queue: BTreeSet<(Turn, EndpointId)>,
    turns: BTreeMap<EndpointId, Turn>,
    /// Whose turn was looked at last.
    looked_at: Option<EndpointId>,
}

/// When a turn comes, in 2⁻⁴⁸ of a unit; of those at the same time the one that was given out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: u128,
    number: u64,
}

const UNIT: u128 = 1 << 48;
/// The longest turn, so that time never ends: not after 2⁴⁷ of the longest.
const LONGEST: u128 = UNIT << 32;
/// More than so many times as far off as one given out now is too far. Less than that is made up for soon.
const FAR: u128 = 10;

impl Schedule {
    /// An endpoint comes, and waits for its turn as long as if it had just had one.
    pub(crate) fn join(&mut self, id: EndpointId, weight: f64) {
        self.give(id, self.now.saturating_add(length(weight)));
    }

    /// Its weight is another: its turn may come sooner now, not later.
    pub(crate) fn change(&mut self, id: EndpointId, weight: f64) {
        let at = self.now.saturating_add(length(weight));
        if self.turns.get(&id).is_none_or(|turn| at < turn.at) {
            self.give(id, at);
        }
    }

    pub(crate) fn leave(&mut self, id: EndpointId) {
        if let Some(turn) = self.turns.remove(&id) {
            self.queue.remove(&(turn, id));
        }
    }

    /// Goes on from where another is: the turns of those that both know of come when they would have come there.
    pub(crate) fn inherit(&mut self, old: &Schedule) {
        self.now = old.now;
        let known: Vec<EndpointId> = self.turns.keys().copied().filter(|id| old.turns.contains_key(id)).collect();
        let mut order: Vec<(Turn, EndpointId)> = known.into_iter().map(|id| (old.turns[&id], id)).collect();
        order.sort_unstable();
        order.into_iter().for_each(|(turn, id)| self.give(id, turn.at));
    }

    /// Whose turn it is, of those that can.
    pub(crate) fn first(&self, can: impl Fn(EndpointId) -> bool) -> Option<EndpointId> {
        self.earliest(can).map(|(_, id)| id)
    }

    /// An endpoint has served, whether it was its turn or not, and has this weight from now on. What is not in the
    /// schedule is none of its business.
    pub(crate) fn served(&mut self, id: EndpointId, weight: f64, can: impl Fn(EndpointId) -> bool) {
        let Some(turn) = self.turns.get(&id).copied() else { return };
        // Time moves on to the turn that was due. One whose turn is past could not serve, and has saved up nothing.
        let due = self.earliest(can).map_or(turn, |(first, _)| first.min(turn));
        self.now = self.now.max(due.at);
        // One that served before its turn is later by that, but by no more than one turn: what it does for those who
        // wait is not held against it for long.
        let early = turn.at.saturating_sub(self.now).min(length(weight));
        self.give(id, self.now.saturating_add(early).saturating_add(length(weight)));
    }

    /// Each in turn, whose turn may have been given out in a crowd that has gone.
    pub(crate) fn next_to_look_at(&mut self) -> Option<EndpointId> {
        let after = self.looked_at.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.turns.range((after, Bound::Unbounded)).next().or_else(|| self.turns.first_key_value());
        self.looked_at = next.map(|(&id, _)| id);
        self.looked_at
    }

    /// With this weight its turn should not be as far off as it is: then it comes as if it were given out now.
    pub(crate) fn hasten(&mut self, id: EndpointId, weight: f64) {
        let length = length(weight);
        if self.turns.get(&id).is_some_and(|turn| turn.at.saturating_sub(self.now) > FAR * length) {
            self.give(id, self.now.saturating_add(length));
        }
    }

    fn earliest(&self, can: impl Fn(EndpointId) -> bool) -> Option<(Turn, EndpointId)> {
        self.queue.iter().copied().find(|&(_, id)| can(id))
    }

    fn give(&mut self, id: EndpointId, at: u128) {
        self.leave(id);
        self.given += 1;
        let turn = Turn { at, number: self.given };
        self.turns.insert(id, turn);
        self.queue.insert((turn, id));
    }
}

/// How long one of this weight waits for its turn, rounded up; never nothing, so that time moves on.
fn length(weight: f64) -> u128 {
    ((UNIT as f64 / weight).ceil() as u128).clamp(1, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(at: usize) -> EndpointId {
        EndpointId::from_parts(at as u32, 0)
    }

    fn of(weights: &[f64]) -> Schedule {
        let mut schedule = Schedule::default();
        weights.iter().enumerate().for_each(|(at, &weight)| schedule.join(id(at), weight));
        schedule
    }

    /// Whose turns these are, as letters.
    fn turns(schedule: &mut Schedule, weights: &[f64], count: usize) -> String {
        let mut next = || {
            let first = schedule.first(|_| true).expect("one is there");
            schedule.served(first, weights[first.index()], |_| true);
            char::from(b'a' + u8::try_from(first.index()).expect("a letter"))
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn turns_come_in_the_published_order() {
        // The example of gRFC A31: weights 2 and 4 are served as "bab" again and again.
        assert_eq!(turns(&mut of(&[2.0, 4.0]), &[2.0, 4.0], 9), "babbabbab");
        assert_eq!(turns(&mut of(&[2.0, 2.0]), &[2.0, 2.0], 6), "ababab");
        // By hand: turns of a at 1/5, 2/5 …, of b and c at 1, when a has its fifth, which was given out last.
        assert_eq!(turns(&mut of(&[5.0, 1.0, 1.0]), &[5.0, 1.0, 1.0], 7), "aaaabca");
    }

    #[test]
    fn one_that_could_not_has_saved_up_nothing() {
        let mut schedule = of(&[1.0, 1.0]);
        for _ in 0..100 {
            assert_eq!(schedule.first(|it| it != id(0)), Some(id(1)));
            schedule.served(id(1), 1.0, |it| it != id(0));
        }
        let after = turns(&mut schedule, &[1.0, 1.0], 10);
        assert_eq!(after, "ababababab");
    }

    #[test]
    fn one_that_serves_before_its_turn_waits_longer_but_not_for_ever() {
        let mut schedule = of(&[1.0, 1.0]);
        (0..50).for_each(|_| schedule.served(id(1), 1.0, |_| true));
        assert_eq!(turns(&mut schedule, &[1.0, 1.0], 8), "aabababa");
    }

    #[test]
    fn a_newcomer_is_not_flooded_and_a_greater_weight_is_noticed() {
        let mut schedule = of(&[1.0]);
        turns(&mut schedule, &[1.0], 1000);
        schedule.join(id(1), 1.0);
        assert_eq!(turns(&mut schedule, &[1.0, 1.0], 4), "abab");
        schedule.served(id(0), 0.001, |_| true);
        assert_eq!(turns(&mut schedule.clone(), &[1.0, 1.0], 4), "bbbb", "it would be a thousand turns until the next");
        schedule.change(id(0), 4.0);
        assert_eq!(turns(&mut schedule, &[4.0, 1.0], 6), "baaaba");
    }

    #[test]
    fn only_a_turn_that_is_much_too_far_off_is_hastened() {
        for (far, after) in [(10.0, "bbbb"), (11.0, "baba")] {
            let mut schedule = of(&[1.0, 1.0]);
            assert_eq!([0; 3].map(|_| schedule.next_to_look_at()), [id(0), id(1), id(0)].map(Some));
            schedule.served(id(0), 1.0 / far, |_| true);
            schedule.hasten(id(0), 1.0);
            assert_eq!(turns(&mut schedule, &[1.0, 1.0], 4), after, "{far} turns off");
        }
    }

    #[test]
    fn an_heir_goes_on_where_the_other_was() {
        let weights = [3.0, 2.0, 1.0];
        let mut old = of(&weights);
        turns(&mut old, &weights, 1000);
        let mut heir = of(&weights);
        heir.inherit(&old);
        assert_eq!(turns(&mut heir, &weights, 30), turns(&mut old, &weights, 30));
    }

    #[test]
    fn the_strangest_weights_are_no_trouble() {
        let weights = [f64::INFINITY, 0.0, 1.0, f64::MIN_POSITIVE];
        assert!(turns(&mut of(&weights), &weights, 1000).starts_with("aaaaaaaa"));
        let mut schedule = of(&[1.0]);
        schedule.served(id(7), 1.0, |_| true);
        schedule.leave(id(7));
        assert_eq!(schedule.turns.len(), schedule.queue.len());
    }
}
