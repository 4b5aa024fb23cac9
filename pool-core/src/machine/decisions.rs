//! What the policies decided, counted by role, policy and reason.
//!
//! The short cut counts nothing: it takes only the decisions of two rules, and how often it was
//! taken is what remains of the leases and returns that are counted anyway, when those of the long
//! way are taken off. What the long way decides is counted one by one, in a small table without
//! hashing: a policy mostly gives the reason that it gave last.

use std::mem;
use std::ptr;

use super::Machine;
use super::policy::Judge;
use crate::book::{Book, Tally};
use crate::{AcquireRule, EndpointId, EntryId, Event, Payload, PolicyDecisions, Reason, ReleaseRule, Role, Time, What};

/// So many different decisions are told apart; what is beyond them is counted as [`OTHER`].
const MOST: usize = 256;
const OTHER: Reason = Reason::new("other");

/// What the policies decided.
#[derive(Debug, Default)]
pub(super) struct Decisions {
    rows: Vec<PolicyDecisions>,
    /// The row that each role counted in last.
    last: [usize; Role::ALL.len()],
    /// Leases of the long way to callers that did not wait, and all its returns: what is more than
    /// these was counted by the short cut.
    pub(super) lent_at_length: u64,
    pub(super) returned_at_length: u64,
    /// What the short cut decided under rules that were replaced since. It is in the rows.
    folded: (u64, u64),
    /// Whether each is to be told of.
    told: bool,
    /// Those that are to be told of, before what follows from them.
    events: Vec<Event>,
}

/// What a decision was about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) entry: Option<EntryId>,
    pub(super) endpoint: EndpointId,
    pub(super) now: Time,
}

impl Decisions {
    /// A policy decided.
    #[inline]
    pub(super) fn note(&mut self, role: Role, policy: &'static str, reason: Reason, about: About) {
        self.count(role, policy, reason, 1);
        if self.told {
            let About { entry, endpoint, now } = about;
            self.events.push(Event::new(now, What::Decided { role, policy, reason, entry, endpoint }));
        }
    }

    #[inline]
    fn count(&mut self, role: Role, policy: &'static str, reason: Reason, times: u64) {
        let last = self.rows.get(self.last[role as usize]);
        let again =
            last.is_some_and(|row| row.role == role && same(row.policy, policy) && same_word(row.reason, reason));
        let place = if again { self.last[role as usize] } else { self.place_of(role, policy, reason) };
        self.rows[place].count += times;
    }

    #[cold]
    fn place_of(&mut self, role: Role, policy: &'static str, reason: Reason) -> usize {
        let known = |rows: &[PolicyDecisions], reason| {
            rows.iter().position(|row| (row.role, row.policy, row.reason) == (role, policy, reason))
        };
        let place = known(&self.rows, reason).unwrap_or_else(|| {
            let reason = if self.rows.len() < MOST { reason } else { OTHER };
            known(&self.rows, reason).unwrap_or_else(|| {
                self.rows.push(PolicyDecisions { role, policy, reason, count: 0 });
                self.rows.len() - 1
            })
        });
        self.last[role as usize] = place;
        place
    }

    /// How often the short cut lent a connection and kept one, under the rules of now.
    fn short_cuts(&self, book: &Book) -> (u64, u64) {
        let (mut lent, mut returned) = (0, 0);
        let mut add = |tally: &Tally| {
            lent += tally.counters.acquired - tally.counters.waited;
            returned += tally.counters.released;
        };
        add(&book.retired);
        book.endpoints.iter().for_each(|endpoint| add(&endpoint.tally));
        let lent = lent.saturating_sub(self.lent_at_length + self.folded.0);
        (lent, returned.saturating_sub(self.returned_at_length + self.folded.1))
    }

    /// From now on each is told of, or none.
    pub(super) fn tell(&mut self, told: bool) {
        self.told = told;
    }

    /// Those that were not told of yet.
    #[inline]
    pub(super) fn take_events(&mut self) -> Vec<Event> {
        mem::take(&mut self.events)
    }
}

impl Book {
    /// A decision about this connection.
    #[inline]
    pub(super) fn about(&self, index: u32, now: Time) -> About {
        let endpoint = self.endpoint_id(self.slots[index as usize].endpoint);
        About { entry: Some(self.id_of(index)), endpoint, now }
    }
}

impl Judge {
    /// Counts what the short cut decided under the rules of now, before they are replaced.
    pub(super) fn fold_decisions(&mut self, book: &Book) {
        for decision in self.by_short_cut(book) {
            self.decisions.count(decision.role, decision.policy, decision.reason, decision.count);
        }
        let (lent, kept) = self.decisions.short_cuts(book);
        self.decisions.folded.0 += lent;
        self.decisions.folded.1 += kept;
    }

    fn by_short_cut(&self, book: &Book) -> Vec<PolicyDecisions> {
        let (lent, kept) = self.decisions.short_cuts(book);
        let chosen = self.acquire_rule.map(|rule| match rule {
            AcquireRule::Newest(reason) | AcquireRule::Oldest(reason) => reason,
        });
        let settled = match self.release_rule {
            Some(ReleaseRule::Keep(reason)) => Some(reason),
            _ => None,
        };
        debug_assert!((chosen.is_some() || lent == 0) && (settled.is_some() || kept == 0), "only rules are short");
        let row = |role, policy, reason: Option<Reason>, count| {
            reason.filter(|_| count > 0).map(|reason| PolicyDecisions { role, policy, reason, count })
        };
        let acquire = row(Role::Acquire, self.policies.acquire.kind, chosen, lent);
        let release = row(Role::Release, self.policies.release.kind, settled, kept);
        acquire.into_iter().chain(release).collect()
    }
}

impl<P: Payload> Machine<P> {
    /// What the policies decided until now.
    pub(super) fn decisions(&self) -> Vec<PolicyDecisions> {
        let mut all = Decisions { rows: self.judge.decisions.rows.clone(), ..Decisions::default() };
        for decision in self.judge.by_short_cut(&self.book) {
            all.count(decision.role, decision.policy, decision.reason, decision.count);
        }
        all.rows
    }
}

/// Whether two words are one and the same in memory: those that are not may still be equal.
#[inline]
fn same(one: &'static str, other: &'static str) -> bool {
    ptr::eq(one, other)
}

#[inline]
fn same_word(one: Reason, other: Reason) -> bool {
    same(one.as_str(), other.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About { entry: None, endpoint: EndpointId::from_parts(0, 0), now: Time::ZERO }
    }

    #[test]
    fn a_policy_that_invents_reasons_is_counted_in_a_bounded_table() {
        let mut decisions = Decisions::default();
        for number in 0..1000 {
            let word: &'static str = Box::leak(format!("r{number}").into_boxed_str());
            decisions.note(Role::Acquire, "wordy", Reason::new(word), about());
            decisions.note(Role::Evict, "ttl", Reason::new("max-age"), about());
        }
        assert_eq!(decisions.rows.len(), MOST + 1);
        assert_eq!(decisions.rows.iter().map(|row| row.count).sum::<u64>(), 2000);
        let other = decisions.rows.iter().find(|row| row.reason == OTHER).expect("what is beyond the bound");
        assert_eq!((other.role, other.policy, other.count), (Role::Acquire, "wordy", 1000 - (MOST as u64 - 1)));
        assert!(decisions.take_events().is_empty(), "nobody asked to be told");
    }

    #[test]
    fn equal_words_at_different_places_are_one_reason() {
        let mut decisions = Decisions::default();
        for _ in 0..3 {
            let word: &'static str = Box::leak("newest".to_owned().into_boxed_str());
            decisions.note(Role::Acquire, "lifo", Reason::new(word), about());
        }
        assert_eq!(decisions.rows.len(), 1);
        assert_eq!(decisions.rows[0].count, 3);
    }
}
