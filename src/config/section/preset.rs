//! Reads which preset a pool names.

use super::super::report::{Report, join};
use super::super::tree::{Aim, Node};
use super::super::words;
use crate::presets;

/// The name of a pool's preset. `Err` if there is none of this name: that is in the report then.
pub(super) fn read(report: &mut Report<'_>, pool: &[String], node: Option<&Node>) -> Result<Option<String>, ()> {
    let Some(node) = node else { return Ok(None) };
    let names = || presets::all().iter().map(presets::Preset::name);
    let path = join(pool, ["preset"]);
    let mut notes = vec![format!("presets: {}", words::listed(names()))];
    let message = match node.text() {
        Some(name) if presets::get(name).is_some() => return Ok(Some(name.to_owned())),
        Some(name) => {
            notes.splice(0..0, meant(name).map(|meant| format!("did you mean {meant}?")));
            notes.push("`clearpool list` says what each one is".to_owned());
            format!("there is no preset called `{name}`")
        }
        None => format!("expected the name of a preset, found {}", node.describe()),
    };
    report.error(&path, Aim::Value, message, notes);
    Err(())
}

/// The presets that were perhaps meant, to be listed: one that reads nearly the same, or those of which
/// the name is a part.
pub(crate) fn meant(name: &str) -> Option<String> {
    let names = || presets::all().iter().map(presets::Preset::name);
    let plain = |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let name_plain = plain(name);
    let begins = |other: &&str| {
        let other = plain(other);
        name_plain.len() >= 3 && (other.starts_with(&name_plain) || name_plain.starts_with(&other))
    };
    let begun: Vec<&str> = names().filter(begins).collect();
    let meant = if begun.is_empty() { words::nearest(name, names()).into_iter().collect() } else { begun };
    (!meant.is_empty()).then(|| words::listed(meant).replace(", ", " or "))
}
