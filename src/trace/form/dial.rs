//! Reads how dials go.

use std::time::Duration;

use pool_core::{Capacity, ErrorClass};
use pool_sim::{Dial, DialEnd};

use super::known::Known;
use super::reader::{NOTHING, Reader};
use crate::config::Spot;

const KEYS: [&str; 5] = ["dial", "fails", "denied", "hangs", "capacity"];

/// How dials go, endpoint by endpoint.
pub(super) fn dials(reader: &mut Reader<'_>, spot: &Spot, known: &Known) -> Option<Vec<(String, Dial)>> {
    let example = || vec!["for example: `{ a: { dial: 150ms } }`".to_owned()];
    let entries = reader.entries(spot, "a table of endpoints", example)?;
    let mut dials = Vec::with_capacity(entries.len());
    for (name, spot) in entries {
        known.has_endpoint(reader, name, &spot.key);
        if let Some(dial) = dial(reader, spot) {
            dials.push((name.clone(), dial));
        }
    }
    Some(dials)
}

fn dial(reader: &mut Reader<'_>, spot: &Spot) -> Option<Dial> {
    let before = reader.mistakes();
    let (mut takes, mut capacity, mut ends) = (Duration::ZERO, None, None);
    for (key, spot) in reader.table(spot, &KEYS)? {
        match key.as_str() {
            "dial" => takes = reader.duration(spot)?,
            "capacity" => capacity = Some((reader.count(spot)?, spot)),
            "fails" | "denied" | "hangs" => {
                reader.yes(spot)?;
                if let Some((first, _)) = ends.replace((key.as_str(), spot)) {
                    reader.error(&spot.key, format!("`{first}` and `{key}` are at odds: a dial ends once"), NOTHING);
                }
            }
            _ => {}
        }
    }
    if let (Some((end, _)), Some((_, spot))) = (ends, capacity) {
        reader.error(&spot.key, format!("`capacity` is of a connection, and there is none with `{end}`"), NOTHING);
    }
    let ends = match ends.map(|(key, _)| key) {
        Some("denied") => DialEnd::Fails(ErrorClass::Permanent),
        Some("fails") => DialEnd::Fails(ErrorClass::Transient),
        Some(_) => return Some(Dial::hangs()),
        None => DialEnd::Ok(capacity.map_or(Capacity::Exclusive, |(capacity, _)| Capacity::Shared(capacity))),
    };
    (reader.mistakes() == before).then_some(Dial { takes, ends })
}
