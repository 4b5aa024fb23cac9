//! Reads values that know where they stand, and gathers what is wrong with them.

use std::ops::Range;
use std::time::Duration;

use pool_core::HumanDuration;
use serde_json::Value;

use crate::config::{Data, Diagnostic, Place, Spot, allowed, describe, meant};

/// Nobody reads more mistakes of one file, and each is looked up in its text.
pub(in crate::trace) const MOST: usize = 100;

/// A file as it is read: its text, and what was found wrong.
pub(in crate::trace) struct Reader<'t> {
    pub(in crate::trace) name: &'t str,
    pub(in crate::trace) text: &'t str,
    found: Vec<Diagnostic>,
    /// The byte at which each line begins.
    lines: Vec<usize>,
}

impl<'t> Reader<'t> {
    pub(in crate::trace) fn new(name: &'t str, text: &'t str) -> Reader<'t> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Reader { name, text, found: Vec::new(), lines: std::iter::once(0).chain(breaks).collect() }
    }

    /// The line of a byte, from 1.
    pub(in crate::trace) fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }

    pub(in crate::trace) fn error<S: Into<String>>(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
        notes: impl IntoIterator<Item = S>,
    ) {
        if self.found.len() < MOST {
            let place = Place::in_file(self.name, self.text, span);
            let notes = notes.into_iter().map(Into::into).collect();
            self.found.push(Diagnostic { notes, ..Diagnostic::error(message, place) });
        }
    }

    /// Mistakes that somebody else found.
    pub(in crate::trace) fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(found);
    }

    /// How many mistakes there are by now.
    pub(in crate::trace) fn mistakes(&self) -> usize {
        self.found.len()
    }

    /// All of them, in the order of the file, each once.
    pub(in crate::trace) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|found| match found.place {
            Place::File { line, column, .. } => (line, column),
            _ => (0, 0),
        });
        self.found.dedup();
        self.found
    }

    pub(in crate::trace) fn unknown_key<S: Into<String>>(
        &mut self,
        key: &str,
        spot: &Spot,
        known: &[&str],
        notes: impl IntoIterator<Item = S>,
    ) {
        let mut all: Vec<String> = meant(key, known.iter().copied()).into_iter().collect();
        all.extend(notes.into_iter().map(Into::into));
        all.push(allowed(known));
        self.error(&spot.key, format!("unknown key `{key}`"), all);
    }

    /// A table of these keys; others are told.
    pub(in crate::trace) fn table<'s>(&mut self, spot: &'s Spot, known: &[&str]) -> Option<&'s [(String, Spot)]> {
        let entries = self.entries(spot, "a table", || vec![allowed(known)])?;
        for (key, spot) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            self.unknown_key(key, spot, known, NOTHING);
        }
        Some(entries)
    }

    /// The entries of a table, in the order of the file.
    pub(in crate::trace) fn entries<'s>(
        &mut self,
        spot: &'s Spot,
        expected: &str,
        notes: impl Fn() -> Vec<String>,
    ) -> Option<&'s [(String, Spot)]> {
        match &spot.data {
            Data::Table(entries) => Some(entries),
            _ => {
                self.unexpected(spot, expected, notes());
                None
            }
        }
    }

    /// The items of a list, or the one that stands alone.
    pub(in crate::trace) fn one_or_more<'s>(&mut self, spot: &'s Spot) -> &'s [Spot] {
        match &spot.data {
            Data::List(items) => {
                if items.is_empty() {
                    self.error(&spot.value, "an empty list: whose turn is it?", NOTHING);
                }
                items
            }
            _ => std::slice::from_ref(spot),
        }
    }

    pub(in crate::trace) fn text<'s>(&mut self, spot: &'s Spot) -> Option<&'s str> {
        match &spot.data {
            Data::Scalar(Value::String(text)) => Some(text),
            _ => {
                self.unexpected(spot, "a text", NOTHING);
                None
            }
        }
    }

    pub(in crate::trace) fn number(&mut self, spot: &Spot) -> Option<u64> {
        let number = scalar(spot).and_then(Value::as_u64);
        if number.is_none() {
            self.unexpected(spot, "a whole number, 0 or more", NOTHING);
        }
        number
    }

    pub(in crate::trace) fn count(&mut self, spot: &Spot) -> Option<u32> {
        let number = self.number(spot)?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            self.unexpected(spot, "a whole number from 0 to 4294967295", NOTHING);
        }
        count
    }

    /// The number of a connection.
    pub(in crate::trace) fn connection(&mut self, spot: &Spot) -> Option<u64> {
        let number = scalar(spot).and_then(Value::as_u64).filter(|&number| number > 0);
        if number.is_none() {
            self.unexpected(spot, "the number of a connection", [NUMBERS]);
        }
        number
    }

    pub(in crate::trace) fn truth(&mut self, spot: &Spot) -> Option<bool> {
        let truth = scalar(spot).and_then(Value::as_bool);
        if truth.is_none() {
            self.unexpected(spot, "true or false", NOTHING);
        }
        truth
    }

    /// What has no other value than yes.
    pub(in crate::trace) fn yes(&mut self, spot: &Spot) -> Option<()> {
        if scalar(spot).and_then(Value::as_bool) == Some(true) {
            return Some(());
        }
        self.unexpected(spot, "true", ["leave the key out where it is not so"]);
        None
    }

    pub(in crate::trace) fn duration(&mut self, spot: &Spot) -> Option<Duration> {
        let duration = scalar(spot).and_then(|value| serde_json::from_value::<HumanDuration>(value.clone()).ok());
        if duration.is_none() {
            self.unexpected(spot, "a duration such as 250ms, 2s, 1h 30m or never", NOTHING);
        }
        duration.map(HumanDuration::get)
    }

    /// One of these words.
    pub(in crate::trace) fn word<T: Copy>(&mut self, spot: &Spot, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(spot)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let notes = meant(text, words.iter().copied()).into_iter().chain([allowed(&words)]);
        self.error(&spot.value, format!("unknown value `{text}`"), notes);
        None
    }

    /// The name of a caller.
    pub(in crate::trace) fn name(&mut self, spot: &Spot) -> Option<String> {
        let name = match scalar(spot) {
            Some(Value::String(text)) if !text.trim().is_empty() => text,
            Some(Value::Number(number)) => {
                let notes = ["a caller's name is no number: numbers are those of connections"];
                self.error(&spot.value, format!("expected the name of a caller, found {number}"), notes);
                return None;
            }
            _ => {
                self.unexpected(spot, "the name of a caller", NOTHING);
                return None;
            }
        };
        if name.contains('|') {
            self.error(&spot.value, "`|` stands between callers of whom one is meant: a name has none", NOTHING);
            return None;
        }
        Some(name.clone())
    }

    pub(in crate::trace) fn unexpected<S: Into<String>>(
        &mut self,
        spot: &Spot,
        expected: &str,
        notes: impl IntoIterator<Item = S>,
    ) {
        let found = match &spot.data {
            Data::Scalar(value) => describe(value),
            Data::List(_) => "a list".to_owned(),
            Data::Table(_) => "a table".to_owned(),
        };
        self.error(&spot.value, format!("expected {expected}, found {found}"), notes);
    }
}

/// No notes.
pub(in crate::trace) const NOTHING: [&str; 0] = [];

pub(in crate::trace) const NUMBERS: &str =
    "connections are numbered from 1 in the order in which their dials succeeded";

pub(in crate::trace) fn scalar(spot: &Spot) -> Option<&Value> {
    match &spot.data {
        Data::Scalar(value) => Some(value),
        _ => None,
    }
}
