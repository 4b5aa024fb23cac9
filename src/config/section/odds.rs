//! Options that make no sense together: where each side of it comes from.

use pool_core::{OptionError, PoolOptions};
use serde_json::Value;

use super::super::Place;
use super::super::layers::Layer;
use super::super::report::{Report, join};
use super::super::tree::Aim;

/// Tells an option that makes no sense, and where the others come from that it is at odds with.
pub(super) fn tell(report: &mut Report<'_>, path: &[String], options: &PoolOptions, mistake: OptionError) {
    if at_odds_with_preset(report, path, options, &mistake) {
        return;
    }
    let OptionError { path: at, message, .. } = mistake;
    let (Some(key), Some(section)) = (at.last(), at.first()) else { return };
    let all = serde_json::to_value(options).unwrap_or_default();
    let mut notes = Vec::new();
    let own = join(path, &at);
    let shown = if report.tree.find(&own).is_some() {
        own.clone()
    } else {
        given_beside(report, path, &all, section, &message)
    };
    if shown != own {
        notes.push(format!("`{key}` is not given: its default is {}", all[section][key]));
    }
    for (other, value) in all[section].as_object().into_iter().flatten() {
        if other != key && shown.last() != Some(other) && message.split(|c: char| !is_word(c)).any(|word| word == other)
        {
            notes.extend(origin_of(report, &join(path, [section, other]), &own, other, value));
        }
    }
    let message = if shown == own { message } else { format!("`{key}`: {message}") };
    report.error(&shown, Aim::Value, message, notes);
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn origin_of(report: &Report<'_>, path: &[String], beside: &[String], key: &str, value: &Value) -> Option<String> {
    let is_file = |place: &Place| matches!(place, Place::File { .. });
    match report.tree.place_of_existing(path, Aim::Value) {
        None => Some(format!("`{key}` is not given: its default is {value}")),
        Some(place)
            if is_file(&place) && report.tree.place_of_existing(beside, Aim::Value).is_some_and(|p| is_file(&p)) =>
        {
            None
        }
        Some(place) => Some(format!("`{key} = {value}` comes from {place}")),
    }
}

/// The key of a section that a message names and somebody gave; else the section.
fn given_beside(report: &Report<'_>, path: &[String], all: &Value, section: &str, message: &str) -> Vec<String> {
    let keys = all[section].as_object().into_iter().flatten().map(|(key, _)| join(path, [section, key]));
    let named = |path: &Vec<String>| {
        message.split(|c: char| !is_word(c)).any(|word| path.last().is_some_and(|key| key == word))
            && report.tree.find(path).is_some()
    };
    keys.into_iter().find(named).unwrap_or_else(|| join(path, [section]))
}

/// One option of a pool, and where its value comes from.
struct Given {
    section: String,
    key: String,
    place: Option<Place>,
    /// What it would be without whoever gave it: the preset's value below what was given above it,
    /// the default below the preset's.
    below: Value,
}

/// Of a pool with a preset: tells what was given that is at odds with the preset. Which option that
/// is, is found by trying: without it the mistake is none.
fn at_odds_with_preset(report: &mut Report<'_>, path: &[String], options: &PoolOptions, mistake: &OptionError) -> bool {
    let Some(preset) = preset_values(report, path) else { return false };
    let all = serde_json::to_value(options).unwrap_or_default();
    let given = given(report, path, &all, &preset);
    let is_own = |given: &Given| mistake.path == [given.section.as_str(), given.key.as_str()];
    let is_side = |given: &&Given| {
        let mut without = all.clone();
        without[&given.section][&given.key] = given.below.clone();
        let without = serde_json::from_value::<PoolOptions>(without);
        without.is_ok_and(|options| !options.mistakes().iter().any(|other| other.path == mistake.path))
    };
    let (below, above): (Vec<&Given>, Vec<&Given>) =
        given.iter().partition(|given| given.place.as_ref().is_some_and(Place::is_preset));
    let theirs: Vec<&Given> = below.into_iter().filter(is_side).collect();
    let ours = above.iter().find(|given| is_own(given)).or_else(|| above.iter().find(|given| is_side(given)));
    let Some(ours) = ours.filter(|_| !theirs.is_empty()) else { return false };
    let named = |given: &Given| format!("{}.{} = {}", given.section, given.key, all[&given.section][&given.key]);
    let comes_from = theirs.iter().filter_map(|given| Some((named(given), given.place.as_ref()?)));
    let mut notes: Vec<String> = comes_from.map(|(what, place)| format!("`{what}` comes from {place}")).collect();
    notes.push("give that key too, or take this one back".to_owned());
    let message = match is_own(ours) {
        true => mistake.message.clone(),
        false => format!("`{}`: {}", mistake.path.join("."), mistake.message),
    };
    report.error(&join(path, [&ours.section, &ours.key]), Aim::Value, message, notes);
    true
}

fn preset_values(report: &Report<'_>, path: &[String]) -> Option<Value> {
    report.tree.layers.iter().find_map(|layer| match layer {
        Layer::Preset { pool, document, .. } if path.last() == Some(pool) => Some(document.root.data.to_json()),
        _ => None,
    })
}

/// All that was given, by the preset or above it.
fn given(report: &Report<'_>, path: &[String], all: &Value, preset: &Value) -> Vec<Given> {
    let default = serde_json::to_value(PoolOptions::default()).unwrap_or_default();
    let mut found = Vec::new();
    for (section, keys) in all.as_object().into_iter().flatten() {
        for key in keys.as_object().into_iter().flatten().map(|(key, _)| key) {
            let Some(place) = report.tree.place_of_existing(&join(path, [section, key]), Aim::Value) else { continue };
            let default = default[section][key].clone();
            let below = if place.is_preset() { default } else { preset[section].get(key).cloned().unwrap_or(default) };
            found.push(Given { section: section.clone(), key: key.clone(), place: Some(place), below });
        }
    }
    found
}
