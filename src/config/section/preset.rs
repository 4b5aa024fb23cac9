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
            if let Some(meant) = meant(name) {
                notes.insert(0, format!("did you mean `{meant}`?"));
            }
            notes.push("`clearpool list` says what each one is".to_owned());
            format!("there is no preset called `{name}`")
        }
        None => format!("expected the name of a preset, found {}", node.describe()),
    };
    report.error(&path, Aim::Value, message, notes);
    Err(())
}

/// The preset that was meant: one that reads nearly the same, or of which the name is a part.
pub(crate) fn meant(name: &str) -> Option<&'static str> {
    let names = || presets::all().iter().map(presets::Preset::name);
    let plain = |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let name_plain = plain(name);
    let begins = |other: &str| {
        let other = plain(other);
        name_plain.len() >= 3 && (other.starts_with(&name_plain) || name_plain.starts_with(&other))
    };
    words::nearest(name, names()).or_else(|| names().find(|other| begins(other)))
}
