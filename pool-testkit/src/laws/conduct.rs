//! How a policy behaves, whatever its role: it says why, it can be replayed, it forgets, it inherits with care.

use std::time::Duration;

use crate::Subject;
use crate::churn;
use crate::diary::Walk;
use crate::guard::guarded;
use crate::heir;
use crate::law::{Law, Verdict};
use crate::laws::words::Reasons;
use crate::neighbours::neighbours;

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "says-why",
        "every reason is a word in kebab-case, and they are few",
        "a reason is a label of a metric: a constant for each kind of decision, not a sentence or a number",
        says_why,
    ),
    Law::new(
        "reasons-are-declared",
        "every reason that it gives is one that it declares",
        "add it to `const REASONS: &[Reason]` of the factory",
        declared,
    ),
    Law::new(
        "can-be-replayed",
        "the same seed and inputs give the same answers",
        "take randomness from `cx.random` only, no order from a HashMap, and no state that policies share",
        replayed,
    ),
    Law::new(
        "no-clock-but-the-one-handed-in",
        "it answers the same when all happens later, and when real time passes between",
        "take the time from `cx.now` only, and let nothing begin at `Time::ZERO`: an `Option<Time>` says `not yet`",
        own_clock,
    ),
    Law::new(
        "forgets-who-left",
        "its state does not grow with endpoints and connections that come and go",
        "drop what you keep of one that left, and keep nothing of one that you do not know: a late word may follow",
        forgets,
    ),
    Law::new(
        "inherits-with-care",
        "it can take the place of another of its kind, with these options or others, or of something else, on a live pool",
        "downcast with `if let`; what the old one knew may be out of date, and its options may be others",
        inherits,
    ),
];

/// Walks whose answers are compared.
const SEEDS: u64 = 16;
/// Walks on which real time passes, which cannot be many.
const NAPS: u64 = 3;
/// Walks on which other options come into force, for each of them.
const CHANGES: u64 = 3;
/// So much later than usual everything happens: no even number, so that a turn that is counted in seconds shows.
const LATER: Duration = Duration::from_secs(1000 * 3600 + 1);

fn says_why(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let mut reasons = Reasons::default();
        Walk::of(seed).go(subject)?.reasons.into_iter().try_for_each(|reason| reasons.add(reason))
    })
}

fn declared(subject: &Subject) -> Verdict {
    let declared = subject.plugin().reasons;
    subject.each_seed(SEEDS, |seed| {
        let stray = Walk::of(seed).go(subject)?.reasons.into_iter().find(|reason| !declared.contains(reason));
        stray.map_or(Ok(()), |stray| Err(format!("it gave the reason {stray:?}; declared are {declared:?}")))
    })
}

fn replayed(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| same(subject, Walk::of(seed), Walk::of(seed), "asked again"))
}

fn own_clock(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| {
        let walk = Walk::of(seed);
        same(
            subject,
            walk,
            Walk { origin: walk.origin.after(LATER), ..walk },
            "asked when all happens 1000 hours later",
        )
    })?;
    subject.each_seed(NAPS, |seed| {
        let walk = Walk::of(seed);
        same(subject, walk, Walk { naps: true, ..walk }, "asked with real pauses between")
    })
}

fn same(subject: &Subject, first: Walk, second: Walk, how: &str) -> Verdict {
    let (first, second) = (first.go(subject)?, second.go(subject)?);
    first.differs(&second).map_or(Ok(()), |found| Err(format!("{how} it answered otherwise: {found}")))
}

/// What a policy keeps can only be seen in its Debug output, which is all that a trait object shows of itself.
fn forgets(subject: &Subject) -> Verdict {
    let (before, after) = churn::sizes(subject)?;
    let slack = before / 50 + 1500;
    if after <= before + slack {
        return Ok(());
    }
    let (from, to) = (churn::FIRST, churn::LAST);
    Err(format!("after {from} had come and gone its Debug output had {before} bytes, and after {to} it has {after}"))
}

fn inherits(subject: &Subject) -> Verdict {
    subject.each_seed(SEEDS, |seed| heir::takes_over(subject, subject, seed))?;
    neighbours(subject).iter().try_for_each(|other| other.each_seed(CHANGES, |seed| changes(subject, other, seed)))
}

/// Options come into force on a live pool, these after others and others after these.
fn changes(subject: &Subject, other: &Subject, seed: u64) -> Verdict {
    let options = other.options();
    guarded(|| heir::takes_over(other, subject, seed)).map_err(|found| format!("after one with {options}: {found}"))?;
    guarded(|| heir::takes_over(subject, other, seed))
        .map_err(|found| format!("followed by one with {options}: {found}"))
}
