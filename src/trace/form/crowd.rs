//! Reads what is said of many: `A*50`, `{ at_most: 1 }`, `served`.

use std::time::Duration;

use super::reader::{NOTHING, Reader, scalar};
use crate::config::{Data, Spot};
use crate::trace::crowd::{Amount, Served};

/// No crowd is larger: a run would take long.
const LARGEST: u32 = 1000;

/// The name of a caller, or of many: `A*50` are `A1` to `A50`.
pub(super) fn names(reader: &mut Reader<'_>, spot: &Spot) -> Option<Vec<String>> {
    let name = reader.name(spot)?;
    let Some((stem, number)) = name.split_once('*') else { return Some(vec![name]) };
    match number.trim().parse::<u32>() {
        Ok(count @ 1..=LARGEST) if !stem.trim().is_empty() => {
            Some((1..=count).map(|number| format!("{}{number}", stem.trim())).collect())
        }
        _ => {
            let notes = [format!("`A*50` are A1 to A50; a crowd has up to {LARGEST}")];
            reader.error(&spot.value, format!("`{name}` is no crowd"), notes);
            None
        }
    }
}

/// A number, or `{ at_least: 1, at_most: 3 }`.
pub(super) fn amount(reader: &mut Reader<'_>, spot: &Spot) -> Option<Amount> {
    if !matches!(spot.data, Data::Table(_)) {
        return reader.number(spot).map(Amount::exactly);
    }
    let mut amount = Amount { least: 0, most: u64::MAX };
    for (key, spot) in reader.table(spot, &["at_least", "at_most"])? {
        match key.as_str() {
            "at_least" => amount.least = reader.number(spot)?,
            "at_most" => amount.most = reader.number(spot)?,
            _ => {}
        }
    }
    if amount.least > amount.most {
        reader.error(&spot.value, "at least more than at most: no number is that", NOTHING);
    }
    Some(amount)
}

/// So many, where others than many are told in another way.
pub(super) fn count(reader: &mut Reader<'_>, spot: &Spot) -> Option<Amount> {
    scalar(spot).is_some_and(serde_json::Value::is_number).then(|| amount(reader, spot)).flatten()
}

/// `{ all_within: 25ms, at_least: 20ms }`.
pub(super) fn served(reader: &mut Reader<'_>, spot: &Spot, has_crowd: bool) -> Option<Served> {
    if !has_crowd {
        let notes = ["for example: `acquire: A*50, hold: 2ms` in an earlier step"];
        reader.error(&spot.key, "`served` is of those who ask with `hold`, and nobody did", notes);
    }
    let mut served = Served { all_within: Duration::MAX, at_least: Duration::ZERO };
    for (key, spot) in reader.table(spot, &["all_within", "at_least"])? {
        match key.as_str() {
            "all_within" => served.all_within = reader.duration(spot)?,
            "at_least" => served.at_least = reader.duration(spot)?,
            _ => {}
        }
    }
    if served.at_least > served.all_within {
        reader.error(&spot.value, "`at_least` is more than `all_within`: nothing takes so long", NOTHING);
    }
    Some(served)
}
