//! The statistics of a pool, as a step can ask for them: those of an original by its own names, and
//! our own.

use pool_core::{Plan, RefusalKind, Snapshot};
use pool_sim::Sim;

use super::effects::Difference;
use super::form::reader::Reader;
use crate::config::{Spot, allowed, meant};

/// What a step says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stats {
    pub(super) of: String,
    pub(super) numbers: Vec<(String, u64)>,
}

type View = fn(&Snapshot) -> Vec<(&'static str, u64)>;

/// Whose statistics there are.
const VIEWS: [(&str, View); 1] = [("clearpool", own)];

fn own(snapshot: &Snapshot) -> Vec<(&'static str, u64)> {
    let counters = snapshot.counters();
    vec![
        ("acquired", counters.acquired),
        ("waited", counters.waited),
        ("released", counters.released),
        ("dead", counters.dead),
        ("dials", counters.dials),
        ("dial_failures", counters.dial_failures),
        ("dials_elided", counters.dials_elided),
        ("closed", counters.closed),
        ("lost", counters.lost),
        ("cancelled", snapshot.cancelled),
        ("refused", snapshot.refusals.iter().map(|(_, count)| count).sum()),
        ("timeouts", snapshot.refused(RefusalKind::Timeout)),
    ]
}

/// Reads `{ of: clearpool, dials: 3 }`.
pub(super) fn read(reader: &mut Reader<'_>, spot: &Spot) -> Option<Stats> {
    let entries = reader.entries(spot, "a table such as `{ of: clearpool, dials: 3 }`", Vec::new)?;
    let names = VIEWS.map(|(name, _)| name);
    let Some((_, of)) = entries.iter().find(|(key, _)| key == "of") else {
        reader.error(&spot.value, "missing key `of`: whose statistics?", [allowed(&names)]);
        return None;
    };
    let view = reader.word(of, &VIEWS)?;
    let known: Vec<&str> = view(&Sim::new(Plan::default(), ["a"]).snapshot()).iter().map(|(key, _)| *key).collect();
    let mut numbers = Vec::with_capacity(entries.len());
    for (key, spot) in entries.iter().filter(|(key, _)| key != "of") {
        if !known.contains(&key.as_str()) {
            let notes = meant(key, known.iter().copied()).into_iter().chain([allowed(&known)]);
            reader.error(&spot.key, format!("there is no statistic `{key}`"), notes);
        }
        numbers.push((key.clone(), reader.number(spot)?));
    }
    Some(Stats { of: reader.text(of)?.to_owned(), numbers })
}

/// Where they are not as they had to be.
pub(super) fn differences(stats: &Stats, snapshot: &Snapshot) -> Vec<Difference> {
    let view = VIEWS.iter().find(|(name, _)| *name == stats.of).map(|(_, view)| view(snapshot)).unwrap_or_default();
    let counted = |key: &str| view.iter().find(|(other, _)| *other == key).map_or(0, |(_, count)| *count);
    let wrong = stats.numbers.iter().filter(|(key, number)| counted(key) != *number);
    wrong
        .map(|(key, number)| Difference::new(format!("stats.{key}"), number.to_string(), counted(key).to_string()))
        .collect()
}
