//! Gathers mistakes, so that all are told at once.

use serde_json::Value;

use super::diagnostic::{Diagnostic, Place, Severity};
use super::tree::{Aim, Tree};
use super::words;

/// The mistakes found so far in a tree.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) tree: &'a Tree,
    found: Vec<Diagnostic>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(tree: &'a Tree, found: Vec<Diagnostic>) -> Report<'a> {
        Report { tree, found }
    }

    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// A mistake at a value, or at a key.
    pub(crate) fn error(&mut self, path: &[String], aim: Aim, message: impl Into<String>, notes: Vec<String>) {
        let place = self.tree.place(path, aim);
        self.add(Diagnostic { notes, ..Diagnostic::error(message, place) });
    }

    pub(crate) fn warning(&mut self, path: &[String], message: impl Into<String>, notes: Vec<String>) {
        let place = self.tree.place(path, Aim::Value);
        self.add(Diagnostic { notes, ..Diagnostic::warning(message, place) });
    }

    /// A key that nobody knows here.
    pub(crate) fn unknown_key(&mut self, path: &[String], allowed: &[&str], mut notes: Vec<String>) {
        let key = path.last().map_or("", String::as_str);
        let mut all: Vec<String> = words::meant(key, allowed.iter().copied()).into_iter().collect();
        all.append(&mut notes);
        all.push(words::allowed(allowed));
        self.error(path, Aim::Key, format!("unknown key `{key}`"), all);
    }

    /// How many errors there are by now.
    pub(crate) fn errors(&self) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// All of them, in the order of the file, presets and the environment after it.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(sort_key);
        self.found.dedup();
        self.found
    }
}

fn sort_key(diagnostic: &Diagnostic) -> (u8, usize, usize, String) {
    match &diagnostic.place {
        Place::WholeFile { .. } | Place::Default => (0, 0, 0, String::new()),
        Place::File { line, column, .. } => (1, *line, *column, String::new()),
        Place::Preset { name, line, column, .. } => (2, *line, *column, name.clone()),
        Place::Variable { name, .. } => (3, 0, 0, name.clone()),
        Place::Code { location, .. } => (4, 0, 0, location.clone()),
    }
}

/// A path with more steps at its end.
pub(crate) fn join<S: AsRef<str>>(path: &[String], steps: impl IntoIterator<Item = S>) -> Vec<String> {
    path.iter().cloned().chain(steps.into_iter().map(|step| step.as_ref().to_owned())).collect()
}

/// Takes the value at a path out of JSON; `None` if there is none.
pub(crate) fn take(json: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    match parents.iter().try_fold(json, |value, step| child_mut(value, step))? {
        Value::Object(map) => map.remove(last),
        Value::Array(items) => {
            let at = last.parse::<usize>().ok().filter(|&at| at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

/// The value at a path of JSON.
pub(crate) fn at_mut<'v>(json: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(json, |value, step| child_mut(value, step))
}

fn child_mut<'v>(value: &'v mut Value, step: &str) -> Option<&'v mut Value> {
    match value {
        Value::Object(map) => map.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}
