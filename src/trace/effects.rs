//! What came of a step, and how that differs from what had to come of it.

use pool_core::{CloseReason, Outcome, RefusalKind, Snapshot, State, What};
use pool_sim::Sim;

use super::crowd::Amount;
use super::step::{Expected, OneOf};

type Count = fn(&Snapshot) -> u64;

/// What `snapshot` can ask for.
pub(super) const COUNTS: [(&str, Count); 9] = [
    ("idle", |snapshot| snapshot.count(State::Idle).into()),
    ("used", |snapshot| snapshot.count(State::Leased).into()),
    ("open", |snapshot| snapshot.open().into()),
    ("waiting", |snapshot| snapshot.pending.into()),
    ("dialing", |snapshot| snapshot.count(State::Dialing).into()),
    ("checking", |snapshot| snapshot.count(State::Checking).into()),
    ("resetting", |snapshot| snapshot.count(State::Resetting).into()),
    ("closing", |snapshot| snapshot.count(State::Closing).into()),
    ("leases", |snapshot| snapshot.leases.into()),
];

/// What came of a step, in the order in which it came. Callers are told by their numbers.
#[derive(Debug, Default)]
pub(super) struct Effects {
    grants: Vec<(usize, u64)>,
    refuses: Vec<(usize, RefusalKind)>,
    dials: u64,
    dial_failures: u64,
    closes: Vec<(u64, &'static str)>,
}

impl Effects {
    /// All that happened from this event on.
    pub(super) fn since(sim: &Sim, first: usize) -> Effects {
        let mut effects = Effects::default();
        for (at, event) in sim.events().iter().enumerate().skip(first) {
            effects.add(sim, at, &event.what);
        }
        effects
    }

    fn add(&mut self, sim: &Sim, at: usize, what: &What) {
        match what {
            What::Acquired { entry, .. } => self.grants.extend(sim.caller_of(at).zip(sim.number_of(*entry))),
            // It was dead, and so never really lent: whoever got it asks again.
            What::Released { outcome: Outcome::Dead, .. } => {
                let last = self.grants.iter().rposition(|(caller, _)| Some(*caller) == sim.caller_of(at));
                last.map(|last| self.grants.remove(last));
            }
            What::Refused { kind, .. } => self.refuses.extend(sim.caller_of(at).map(|caller| (caller, *kind))),
            What::DialStarted { .. } => self.dials += 1,
            What::DialFailed { .. } => self.dial_failures += 1,
            // What was taken out of the pool lives on.
            What::Evicted { why, .. } if *why == CloseReason::DETACHED => {}
            What::Evicted { entry, why, .. } => {
                self.closes.extend(sim.number_of(*entry).map(|number| (number, why.reason.as_str())));
            }
            _ => {}
        }
    }

    /// What is not as it had to be: a line each, in the words of the form.
    ///
    /// `recorded`: which of several callers that are refused in one step says so first was chance.
    pub(super) fn differences(&self, expected: &Expected, names: &[String], recorded: bool) -> Vec<Difference> {
        let mut found = Vec::new();
        let name = |caller: &usize| names.get(*caller).map_or("?", String::as_str);
        let fits = |one_of: &OneOf, caller: &usize| one_of.has(name(caller));
        let crowd = &expected.crowd;
        if let Some(amount) = crowd.granted {
            found.extend(Difference::of_amount("grants", amount, self.grants.len() as u64));
        } else if crowd.overlooks_grants() && expected.grants.is_empty() {
            // All are served: that is asked of the whole run.
        } else if !same(&expected.grants, &self.grants, |(who, number), (caller, got)| {
            fits(who, caller) && number == got
        }) {
            let happened = table(self.grants.iter().map(|(caller, number)| (name(caller), number)));
            found.push(Difference::new("grants", table(pairs(&expected.grants)), happened));
        }
        let refused =
            |(who, kind): &(OneOf, RefusalKind), (caller, was): &(usize, RefusalKind)| fits(who, caller) && kind == was;
        let as_refused = if recorded { same_in_any_order } else { same };
        if !as_refused(&expected.refuses, &self.refuses, refused) {
            let words = |(who, kind): &(OneOf, RefusalKind)| (who.to_string(), kind.as_str());
            let happened = table(self.refuses.iter().map(|(caller, kind)| (name(caller), kind.as_str())));
            found.push(Difference::new("refuses", table(expected.refuses.iter().map(words)), happened));
        }
        for (key, expected, happened) in
            [("dials", expected.dials, self.dials), ("dial_failures", expected.dial_failures, self.dial_failures)]
        {
            found.extend(Difference::of_amount(key, expected, happened));
        }
        let closed = |(number, why): &(u64, Option<String>), (closed, reason): &(u64, &str)| {
            number == closed && why.as_ref().is_none_or(|why| why == reason)
        };
        if let Some(reasons) = &crowd.closed {
            found.extend(self.closed_otherwise(reasons));
        } else if !same(&expected.closes, &self.closes, closed) {
            let expected = expected.closes.iter().map(|(number, why)| (number, why.as_deref().unwrap_or("any")));
            found.push(Difference::new("closes", table(expected), table(pairs(&self.closes))));
        }
        found
    }

    /// Where not so many are closed for each of these reasons, or any for another.
    fn closed_otherwise(&self, reasons: &[(String, Amount)]) -> Option<Difference> {
        let mut closed: Vec<(&str, u64)> = reasons.iter().map(|(why, _)| (why.as_str(), 0)).collect();
        for (_, why) in &self.closes {
            match closed.iter_mut().find(|(other, _)| other == why) {
                Some((_, count)) => *count += 1,
                None => closed.push((why, 1)),
            }
        }
        let counted =
            |(at, (_, count)): (usize, &(&str, u64))| reasons.get(at).is_some_and(|(_, most)| most.has(*count));
        let differs = !closed.iter().enumerate().all(counted);
        differs.then(|| Difference::new("closes", table(pairs(reasons)), table(pairs(&closed))))
    }
}

/// What had to be and what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) key: String,
    pub(super) expected: String,
    pub(super) happened: String,
}

impl Difference {
    pub(super) fn new(key: impl Into<String>, expected: impl Into<String>, happened: impl Into<String>) -> Difference {
        Difference { key: key.into(), expected: expected.into(), happened: happened.into() }
    }

    /// Where there are not so many.
    fn of_amount(key: &str, expected: Amount, happened: u64) -> Option<Difference> {
        (!expected.has(happened)).then(|| Difference::new(key, expected.to_string(), happened.to_string()))
    }
}

/// Where the counts of a snapshot are not as they had to be.
pub(super) fn counts(expected: &[(&'static str, u64)], snapshot: &Snapshot) -> Vec<Difference> {
    let counted = |key: &str| COUNTS.iter().find(|(other, _)| *other == key).map_or(0, |(_, count)| count(snapshot));
    let wrong = expected.iter().filter(|(key, number)| counted(key) != *number);
    wrong
        .map(|(key, number)| Difference::new(format!("snapshot.{key}"), number.to_string(), counted(key).to_string()))
        .collect()
}

fn same<A, B>(expected: &[A], happened: &[B], fits: impl Fn(&A, &B) -> bool) -> bool {
    expected.len() == happened.len() && expected.iter().zip(happened).all(|(a, b)| fits(a, b))
}

/// The same, each with one of the others.
fn same_in_any_order<A, B>(expected: &[A], happened: &[B], fits: impl Fn(&A, &B) -> bool) -> bool {
    let mut left: Vec<&B> = happened.iter().collect();
    let takes_one = |a: &A| left.iter().position(|b| fits(a, b)).map(|place| left.swap_remove(place)).is_some();
    expected.len() == happened.len() && expected.iter().all(takes_one)
}

fn pairs<A, B>(pairs: &[(A, B)]) -> impl Iterator<Item = (&A, &B)> {
    pairs.iter().map(|(a, b)| (a, b))
}

/// `{ A: 1, B: 2 }`, or that there is nothing.
fn table<A: ToString, B: ToString>(entries: impl Iterator<Item = (A, B)>) -> String {
    let entries: Vec<String> =
        entries.map(|(key, value)| format!("{}: {}", key.to_string(), value.to_string())).collect();
    if entries.is_empty() { "nothing".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}
