//! Reads what has to come of a step.

use pool_core::RefusalKind;
use serde_json::Value;

use super::crowd;
use super::known::Known;
use super::reader::{NUMBERS, Reader, scalar};
use crate::config::{Data, Spot};
use crate::trace::effects::COUNTS;
use crate::trace::stats;
use crate::trace::step::{Expected, OneOf};

/// What can come of a step.
pub(super) const KEYS: [&str; 8] =
    ["grants", "refuses", "dials", "dial_failures", "closes", "served", "snapshot", "stats"];

/// Reads one of them.
pub(super) fn read(reader: &mut Reader<'_>, key: &str, spot: &Spot, known: &Known, into: &mut Expected) {
    match key {
        "grants" => {
            into.crowd.granted = crowd::count(reader, spot);
            if into.crowd.granted.is_some() {
                return;
            }
            let found = pairs(reader, spot, "callers and connections: `{ A: 1 }`", known, |reader, spot| {
                reader.connection(spot)
            });
            into.grants = found.unwrap_or_default();
        }
        "refuses" => {
            let kinds = RefusalKind::ALL.map(|kind| (kind.as_str(), kind));
            let found = pairs(reader, spot, "callers and reasons: `{ A: timeout }`", known, |reader, spot| {
                reader.word(spot, &kinds)
            });
            into.refuses = found.unwrap_or_default();
        }
        "dials" => into.dials = crowd::amount(reader, spot).unwrap_or_default(),
        "dial_failures" => into.dial_failures = crowd::amount(reader, spot).unwrap_or_default(),
        "closes" if names_reasons(spot) => {
            let reasons = reader.entries(spot, "reasons", Vec::new).into_iter().flatten();
            let counts = reasons.filter_map(|(why, spot)| Some((why.clone(), crowd::amount(reader, spot)?)));
            into.crowd.closed = Some(counts.collect());
        }
        "closes" => into.closes = closes(reader, spot).unwrap_or_default(),
        "served" => into.crowd.served = crowd::served(reader, spot, known.has_crowd),
        "snapshot" => {
            let keys: Vec<&str> = COUNTS.iter().map(|(key, _)| *key).collect();
            for (key, spot) in reader.table(spot, &keys).into_iter().flatten() {
                let count = COUNTS.iter().find(|(other, _)| other == key);
                if let (Some((key, _)), Some(number)) = (count, reader.number(spot)) {
                    into.snapshot.push((*key, number));
                }
            }
        }
        _ => into.stats = stats::read(reader, spot),
    }
}

/// Callers and what each gets, in order: a table, or where one would have a key twice, a list of them.
fn pairs<T>(
    reader: &mut Reader<'_>,
    spot: &Spot,
    expected: &str,
    known: &Known,
    mut value: impl FnMut(&mut Reader<'_>, &Spot) -> Option<T>,
) -> Option<Vec<(OneOf, T)>> {
    let tables: &[Spot] = match &spot.data {
        Data::List(items) => items,
        _ => std::slice::from_ref(spot),
    };
    let mut pairs = Vec::new();
    for table in tables {
        for (names, spot) in reader.entries(table, expected, Vec::new)? {
            let one_of = OneOf(names.split('|').map(|name| name.trim().to_owned()).collect());
            for name in &one_of.0 {
                known.has_asked(reader, name, &spot.key);
            }
            if let Some(value) = value(reader, spot) {
                pairs.push((one_of, value));
            }
        }
    }
    Some(pairs)
}

/// Whether it says how many are closed for which reason, and not which.
fn names_reasons(spot: &Spot) -> bool {
    let is_many = |spot: &Spot| matches!(spot.data, Data::Table(_)) || scalar(spot).is_some_and(Value::is_number);
    let counts = |(key, spot): &(String, Spot)| key.parse::<u64>().is_err() && is_many(spot);
    matches!(&spot.data, Data::Table(entries) if entries.first().is_some_and(counts))
}

fn closes(reader: &mut Reader<'_>, spot: &Spot) -> Option<Vec<(u64, Option<String>)>> {
    match &spot.data {
        Data::List(items) => Some(items.iter().filter_map(|item| Some((reader.connection(item)?, None))).collect()),
        Data::Table(entries) => {
            let mut closes = Vec::with_capacity(entries.len());
            for (key, spot) in entries {
                match key.parse::<u64>() {
                    Ok(number) if number > 0 => closes.push((number, Some(reader.text(spot)?.to_owned()))),
                    _ => {
                        let message = format!("expected the number of a connection, found `{key}`");
                        reader.error(&spot.key, message, [NUMBERS]);
                    }
                }
            }
            Some(closes)
        }
        _ => {
            let notes = ["`[1, 2]`, or `{ 1: max-age, 2: max-idle }` with the reasons, or `{ max-age: 2 }`: how many"];
            reader.unexpected(spot, "the connections that are closed, in order", notes);
            None
        }
    }
}
