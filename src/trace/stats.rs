//! The statistics of a pool, as a step can ask for them: those of an original by its own names, and
//! our own.

use pool_core::{Plan, RefusalKind, Snapshot, stats};
use pool_sim::Sim;
use serde_json::Value;

use super::effects::Difference;
use super::form::reader::{Reader, scalar};
use crate::config::{Spot, allowed, meant};

/// What a step says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stats {
    pub(super) of: String,
    pub(super) numbers: Vec<(String, u64)>,
}

const OWN: &str = "clearpool";

/// Whose statistics there are.
fn names() -> Vec<&'static str> {
    std::iter::once(OWN).chain(stats::names()).collect()
}

/// The numbers of this name, times in nanoseconds; or why there are none.
fn view(of: &str, snapshot: &Snapshot) -> Result<Vec<(&'static str, u64)>, String> {
    if of == OWN {
        return Ok(own(snapshot));
    }
    let stats = snapshot.stats_as(of).map_err(|_| format!("there are no statistics of `{of}`"))?;
    Ok(stats.into_iter().map(|stat| (stat.name, stat.value.number())).collect())
}

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
    let Some((_, name)) = entries.iter().find(|(key, _)| key == "of") else {
        reader.error(&spot.value, "missing key `of`: whose statistics?", [allowed(&names())]);
        return None;
    };
    let of = reader.text(name)?;
    let known = match view(of, &Sim::new(Plan::default(), ["a"]).snapshot()) {
        Ok(view) => view.into_iter().map(|(key, _)| key).collect::<Vec<_>>(),
        Err(unknown) => {
            reader.error(&name.value, unknown, meant(of, names()).into_iter().chain([allowed(&names())]));
            return None;
        }
    };
    let mut numbers = Vec::with_capacity(entries.len());
    for (key, spot) in entries.iter().filter(|(key, _)| key != "of") {
        if !known.contains(&key.as_str()) {
            let notes = meant(key, known.iter().copied()).into_iter().chain([allowed(&known)]);
            reader.error(&spot.key, format!("there is no statistic `{key}`"), notes);
        }
        numbers.push((key.clone(), number(reader, spot)?));
    }
    Some(Stats { of: of.to_owned(), numbers })
}

/// A number, or a time in nanoseconds.
fn number(reader: &mut Reader<'_>, spot: &Spot) -> Option<u64> {
    if scalar(spot).is_some_and(Value::is_string) {
        let time = reader.duration(spot)?;
        return Some(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }
    reader.number(spot)
}

/// Where they are not as they had to be.
pub(super) fn differences(stats: &Stats, snapshot: &Snapshot) -> Vec<Difference> {
    // That they are there was seen when the case was read.
    let view = view(&stats.of, snapshot).unwrap_or_default();
    let counted = |key: &str| view.iter().find(|(other, _)| *other == key).map_or(0, |(_, count)| *count);
    let wrong = stats.numbers.iter().filter(|(key, number)| counted(key) != *number);
    wrong
        .map(|(key, number)| Difference::new(format!("stats.{key}"), number.to_string(), counted(key).to_string()))
        .collect()
}
