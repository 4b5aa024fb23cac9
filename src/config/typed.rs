//! From values to typed options, with every mistake and not only the first.
//!
//! Serde stops at the first mistake. So it is asked again and again, each time without what it
//! did not like; its own rules stay the only ones, for our options as for a stranger's.

use pool_core::OptionError;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::layers::{Layer, is_secret};
use super::ranges;
use super::report::{Report, at_mut, join, take};
use super::tree::Aim;
use super::words::{self, Fault};

/// Nobody makes more mistakes in one table; it also ends what would not end by itself.
const MOST: usize = 100;

/// Stands for any value of a choice, to learn the choices. No choice is called so.
const PROBE: &str = "\u{1}";

/// Parses into a type. `None` if it has mistakes, all of which are in the report then.
pub(crate) fn read<T: DeserializeOwned>(report: &mut Report<'_>, base: &[String], json: Value) -> Option<T> {
    read_by(report, base, json, parse, &|_| Vec::new())
}

/// Parses into a type, up to the first mistake.
pub(crate) fn parse<T: DeserializeOwned>(json: Value) -> Result<T, OptionError> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().iter().map(ToString::to_string).filter(|part| part != "?").collect();
        let mut mistake = OptionError::new("", error.into_inner().to_string());
        mistake.path = path;
        mistake
    })
}

/// The same with a parser of its own, and with what there is to say of a key that is missing.
pub(crate) fn read_by<T>(
    report: &mut Report<'_>,
    base: &[String],
    mut json: Value,
    parse: impl Fn(Value) -> Result<T, OptionError>,
    missing: &dyn Fn(&str) -> Vec<String>,
) -> Option<T> {
    let before = report.errors();
    let mut reader =
        Reader { report, base, missing, removed: Vec::new(), meant: Vec::new(), probed: None, respelled: Vec::new() };
    for _ in 0..MOST {
        match parse(json.clone()) {
            Ok(value) => return (reader.report.errors() == before).then_some(value),
            Err(error) => {
                if !reader.fault(&mut json, error) {
                    return None;
                }
            }
        }
    }
    None
}

struct Reader<'r, 'a> {
    report: &'r mut Report<'a>,
    base: &'r [String],
    /// What there is to say of a key of the table that is missing.
    missing: &'r dyn Fn(&str) -> Vec<String>,
    /// The items taken out of lists, by where they had stood: those behind them have moved.
    removed: Vec<(Vec<String>, usize)>,
    /// The keys that were taken out, or meant and misspelled: they are not missing besides.
    meant: Vec<String>,
    /// What was found where [`PROBE`] now stands.
    probed: Option<String>,
    /// The values of variables that were tried as text.
    respelled: Vec<Vec<String>>,
}

impl Reader<'_, '_> {
    /// Tells a mistake and takes it out of the way. Whether there is any sense in going on.
    fn fault(&mut self, json: &mut Value, error: OptionError) -> bool {
        let steps = error.path.iter().map(|step| step.trim_matches(['[', ']'])).filter(|step| !step.is_empty());
        let at: Vec<String> = steps.map(str::to_owned).collect();
        let original = self.original(&at);
        match Fault::of(&error.message) {
            Fault::UnknownKey { key, allowed } => {
                let at = if at.last() == Some(&key) { at } else { join(&at, [&key]) };
                self.unknown_key(&self.original(&at), &allowed);
                self.take_out(json, &at)
            }
            Fault::MissingKey { key } => {
                if !self.meant.contains(&key) {
                    let notes = if at.is_empty() { (self.missing)(&key) } else { Vec::new() };
                    self.tell(&original, format!("missing key `{key}`"), notes);
                }
                // Without its table, which may be one that can be left out, the rest can be read.
                self.take_out(json, &at)
            }
            Fault::UnknownValue { value, allowed } => {
                self.unknown_value(&original, &value, &allowed);
                self.take_out(json, &at)
            }
            Fault::Unexpected { found, expected } => {
                if self.respell(json, &at, &original) || self.probe(json, &at, &found, &expected) {
                    return true;
                }
                let expected = match words::is_number(&expected) {
                    true => ranges::expected(&join(self.base, &original)).unwrap_or(expected),
                    false => expected,
                };
                let is_secret = original.last().is_some_and(|key| is_secret(key));
                let found = if is_secret { "something else" } else { &found };
                self.tell(&original, format!("expected {expected}, found {found}"), Vec::new());
                self.take_out(json, &at)
            }
            Fault::Other(message) => {
                if self.respell(json, &at, &original) {
                    return true;
                }
                // A list that lost an item is not the one that was written: its own fault is none.
                if !self.removed.iter().any(|(list, _)| *list == original) {
                    self.tell(&original, message, Vec::new());
                }
                self.take_out(json, &at)
            }
        }
    }

    fn unknown_key(&mut self, at: &[String], allowed: &[String]) {
        let path = join(self.base, at);
        let key = path.last().map_or("", String::as_str);
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        self.meant.extend(words::nearest(key, allowed.iter().copied()).map(str::to_owned));
        let notes = super::section::home_of(key).into_iter().collect();
        self.report.unknown_key(&path, &allowed, notes);
    }

    fn unknown_value(&mut self, at: &[String], value: &str, allowed: &[String]) {
        let allowed = allowed.iter().map(String::as_str);
        let mut notes = Vec::new();
        let message = match self.probed.take() {
            Some(found) => format!("expected {}, found {found}", words::CHOICE),
            None => {
                notes.extend(words::nearest(value, allowed.clone()).map(|meant| format!("did you mean `{meant}`?")));
                format!("unknown value `{value}`")
            }
        };
        notes.push(format!("allowed: {}", words::listed(allowed)));
        self.tell(at, message, notes);
    }

    /// A variable's `64` can be meant as text: it has no quotes to say so.
    fn respell(&mut self, json: &mut Value, at: &[String], original: &[String]) -> bool {
        let path = join(self.base, original);
        let Some(Layer::Variable { raw, value, path: own, .. }) = self.report.tree.layer_of(&path) else {
            return false;
        };
        let Some(slot) = at_mut(json, at) else { return false };
        if *own != path || value.is_string() || value.is_array() || value.is_object() || self.respelled.contains(&path)
        {
            return false;
        }
        *slot = Value::from(raw.as_str());
        self.respelled.push(path);
        true
    }

    /// Where a choice was expected and something else found, the choices are worth knowing.
    fn probe(&mut self, json: &mut Value, at: &[String], found: &str, expected: &str) -> bool {
        let Some(slot) = at_mut(json, at) else { return false };
        if expected != words::CHOICE || slot.as_str() == Some(PROBE) {
            return false;
        }
        self.probed = Some(found.to_owned());
        *slot = Value::from(PROBE);
        true
    }

    fn tell(&mut self, at: &[String], message: String, notes: Vec<String>) {
        self.report.error(&join(self.base, at), Aim::Value, message, notes);
    }

    fn take_out(&mut self, json: &mut Value, at: &[String]) -> bool {
        let taken = take(json, at).is_some();
        self.meant.extend(at.last().cloned());
        if let Some((last, parent)) = at.split_last()
            && taken
            && at_mut(json, parent).is_some_and(|value| value.is_array())
            && let Ok(index) = self.original(at).last().unwrap_or(last).parse()
        {
            let parent = self.original(parent);
            self.removed.push((parent, index));
            self.removed.sort();
        }
        taken
    }

    /// Where the value at a path stood before items were taken out.
    fn original(&self, at: &[String]) -> Vec<String> {
        let mut original: Vec<String> = Vec::with_capacity(at.len());
        for step in at {
            let moved = step.parse::<usize>().ok().map(|index| {
                let gone = self.removed.iter().filter(|(list, _)| *list == original).map(|(_, index)| *index);
                gone.fold(index, |index, gone| if gone <= index { index + 1 } else { index })
            });
            original.push(moved.map_or_else(|| step.clone(), |index| index.to_string()));
        }
        original
    }
}
