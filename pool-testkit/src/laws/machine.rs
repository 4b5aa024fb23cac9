//! What a policy does in a real machine, under virtual time.

use std::collections::BTreeMap;

use pool_core::{CloseReason, EntryId, Event, What};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::kebab;
use crate::storm::{Aftermath, storms, through};

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "never-overruled",
        "the machine never has to overrule it",
        "the last line is what it did wrong: a panic, or an answer that is impossible; those before led to it",
        never_overruled,
    ),
    Law::new(
        "events-say-why",
        "what happens in the machine happens for a reason",
        "give each answer a Reason that is a word in kebab-case",
        events_say_why,
    ),
    Law::new(
        "pool-stays-right",
        "after a storm everybody is served, and the books balance",
        "look for what it closes too early, or keeps from callers",
        pool_stays_right,
    ),
    Law::new(
        "runs-can-be-replayed",
        "the same seed gives the same timeline",
        "take randomness from `cx.random` only, and no order from a HashMap",
        replayed,
    ),
];

/// So many events before the one that is wrong are shown.
const LEAD: usize = 4;

fn never_overruled(subject: &Subject) -> Verdict {
    through(subject, |storm| {
        let faulted = |event: &Event| matches!(event.what, What::PolicyFaulted { .. });
        storm.events.iter().position(faulted).map_or(Ok(()), |at| Err(told(storm, at)))
    })
}

fn events_say_why(subject: &Subject) -> Verdict {
    let kinds = [CloseReason::POOL, "plain", subject.plugin().kind];
    through(subject, |storm| {
        let mute = |event: &Event| match &event.what {
            What::Acquired { choice, .. } => !kebab(choice.as_str()),
            What::Evicted { why, .. } => !kebab(why.reason.as_str()) || !kinds.contains(&why.policy),
            _ => false,
        };
        let found = storm.events.iter().position(mute);
        found.map_or(Ok(()), |at| Err(format!("no word in kebab-case says why: {}", told(storm, at))))
    })
}

fn pool_stays_right(subject: &Subject) -> Verdict {
    through(subject, |storm| {
        if storm.is_endless {
            return Err("connections are made and closed without end".into());
        }
        nothing_leased_goes(storm)?;
        storm.calm.clone()?;
        let snapshot = &storm.snapshot;
        let counters = snapshot.counters();
        if counters.acquired != counters.released {
            return Err(format!("{} leases were granted, and {} ended", counters.acquired, counters.released));
        }
        let left = (snapshot.open(), snapshot.leases, snapshot.pending);
        if left != (0, 0, 0) {
            return Err(format!("{} open, {} leased, {} waiting after it was drained", left.0, left.1, left.2));
        }
        Ok(())
    })
}

/// Only what nobody holds is closed.
fn nothing_leased_goes(storm: &Aftermath) -> Verdict {
    let mut held: BTreeMap<EntryId, u32> = BTreeMap::new();
    for (at, event) in storm.events.iter().enumerate() {
        match &event.what {
            What::Acquired { entry, .. } => *held.entry(*entry).or_default() += 1,
            What::Released { entry, .. } => *held.entry(*entry).or_default() -= 1,
            // Its holder is gone, without a return.
            What::Evicted { entry, why: CloseReason::LOST, .. } => drop(held.remove(entry)),
            What::Evicted { entry, .. } if held.get(entry).is_some_and(|&leases| leases > 0) => {
                return Err(format!("it is closed while it is leased: {}", told(storm, at)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn replayed(subject: &Subject) -> Verdict {
    for (first, second) in subject.storms().iter().zip(storms(subject)) {
        let seed = first.seed;
        let (first, second) = (&first.timeline, &second.timeline);
        if let Some((one, other)) = first.lines().zip(second.lines()).find(|(one, other)| one != other) {
            let (one, other) = (one.trim(), other.trim());
            return Err(format!("with seed {seed}, of two storms one went `{one}`, the other `{other}`"));
        }
        if first != second {
            return Err(format!("with seed {seed}, of two storms one was longer than the other"));
        }
    }
    Ok(())
}

/// An event, and what led to it.
fn told(storm: &Aftermath, at: usize) -> String {
    let lines: Vec<_> = storm.events[at.saturating_sub(LEAD)..=at].iter().map(pool_sim::line).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join("; ")
}
