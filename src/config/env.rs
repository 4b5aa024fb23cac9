//! Environment variables as a layer: `CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN=64`.
//!
//! After the prefix, two underscores lie between levels. A level means the key that the layers
//! below have and that reads the same, case and `-` against `_` aside; else itself in lower case.
//! A number reaches into a list. The value is TOML (`64`, `true`, `["a:1", "b:2"]`), or else text.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde_json::Value;

use super::diagnostic::{Diagnostic, Place};
use super::document;
use super::layers::{self, Layer};
use super::words;

pub(super) const PREFIX: &str = "CLEARPOOL_";

/// The top-level tables, which is what a variable of ours begins with.
const TABLES: [&str; 2] = ["pools", "telemetry"];

/// What is wrong with a variable.
type Odd = Box<Diagnostic>;

/// The variables that are configuration, as layers, and what is wrong with them.
pub(crate) fn layers(variables: &[(OsString, OsString)], below: &[Layer]) -> (Vec<Layer>, Vec<Diagnostic>) {
    let below: Vec<Value> = below.iter().map(Layer::to_json).collect();
    let (mut found, mut odd) = (Vec::new(), Vec::new());
    // Sorted, so that the outcome does not hang on the order in which the system lists them.
    for (name, raw) in variables.iter().cloned().collect::<BTreeMap<_, _>>() {
        match read(&name, &raw, &below) {
            Ok(layer) => found.extend(layer),
            Err(diagnostic) => odd.push(*diagnostic),
        }
    }
    (found, odd)
}

fn read(name: &OsString, raw: &OsString, below: &[Value]) -> Result<Option<Layer>, Odd> {
    let Some(name) = name.to_str() else { return Ok(None) };
    let Some(rest) = name.strip_prefix(PREFIX) else { return Ok(None) };
    let steps: Vec<&str> = rest.split("__").collect();
    if !is_ours(&steps) {
        return missed(name, rest, raw);
    }
    let Some(raw) = raw.to_str() else {
        return Err(Box::new(Diagnostic::error("not UTF-8", place(name, &raw.to_string_lossy()))));
    };
    if steps.len() < 2 || steps.iter().any(|step| step.is_empty()) {
        let message = "two underscores lie between levels, and no level is empty";
        return Err(Box::new(Diagnostic::error(message, layers::variable_name(name, raw)).note(EXAMPLE)));
    }
    if steps.len() > DEEPEST {
        return Err(Box::new(
            Diagnostic::error("more levels than any configuration has", layers::variable_name(name, raw)).note(EXAMPLE),
        ));
    }
    let path = path(name, raw, &steps, below)?;
    Ok(Some(Layer::Variable { name: name.to_owned(), raw: raw.to_owned(), path, value: value(name, raw)? }))
}

/// No configuration is nested deeper; a hostile one would exhaust the stack.
const DEEPEST: usize = 32;

const EXAMPLE: &str = "for example: CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN=64";

fn place(name: &str, raw: &str) -> Place {
    layers::variable(name, raw)
}

fn is_ours(steps: &[&str]) -> bool {
    TABLES.iter().any(|table| steps[0].eq_ignore_ascii_case(table))
}

/// A variable that is none of ours. If it nearly is, that is said: it would else be ignored in silence.
fn missed(name: &str, rest: &str, raw: &OsString) -> Result<Option<Layer>, Odd> {
    let rest = rest.to_ascii_lowercase();
    let raw = raw.to_string_lossy();
    if rest.contains("__") {
        let first = rest.split("__").next().unwrap_or_default();
        let mut diagnostic = Diagnostic::error(format!("unknown key `{first}`"), layers::variable_level(name, &raw, 0));
        if let Some(meant) = words::nearest(first, TABLES) {
            diagnostic = diagnostic.note(format!("did you mean `{}`?", meant.to_ascii_uppercase()));
        }
        return Err(Box::new(diagnostic.note("allowed after CLEARPOOL_: `POOLS__`, `TELEMETRY__`").note(EXAMPLE)));
    }
    if TABLES.iter().any(|table| {
        rest.starts_with(&format!("{}_", table.trim_end_matches('s'))) || rest.starts_with(&format!("{table}_"))
    }) {
        let message = "this variable changes nothing: two underscores lie between levels";
        return Err(Box::new(Diagnostic::warning(message, layers::variable_name(name, &raw)).note(EXAMPLE)));
    }
    Ok(None)
}

fn path(name: &str, raw: &str, steps: &[&str], below: &[Value]) -> Result<Vec<String>, Odd> {
    let mut here: Vec<&Value> = below.iter().collect();
    let mut path = Vec::new();
    for (level, step) in steps.iter().enumerate() {
        let mut keys: Vec<&String> =
            here.iter().filter_map(|value| value.as_object()).flat_map(|map| map.keys()).collect();
        keys.retain(|key| reads_the_same(key, step));
        keys.sort();
        keys.dedup();
        if let [first, second, ..] = keys[..] {
            let message = format!("`{step}` can be `{first}` or `{second}`");
            return Err(Box::new(
                Diagnostic::error(message, layers::variable_level(name, raw, level))
                    .note("rename one of them, or change it in the file"),
            ));
        }
        let key = keys.first().map_or_else(|| step.to_ascii_lowercase(), |key| (*key).clone());
        here = here.into_iter().filter_map(|value| child(value, &key)).collect();
        path.push(key);
    }
    Ok(path)
}

pub(super) fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    }
}

fn reads_the_same(key: &str, step: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    plain(key) == plain(step)
}

fn value(name: &str, raw: &str) -> Result<Value, Odd> {
    let trimmed = raw.trim();
    if let Some(value) = document::lone_value(trimmed) {
        return Ok(value);
    }
    if trimmed.starts_with(['[', '{', '"']) {
        let message = "it begins like a list, a table or a quoted text, and is not valid TOML";
        return Err(Box::new(
            Diagnostic::error(message, place(name, raw))
                .note("for example: [\"127.0.0.1:7001\", \"127.0.0.1:7002\"] or { kind = \"fifo\" }"),
        ));
    }
    Ok(Value::from(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_toml_or_text() {
        for (raw, expected) in [
            ("64", Value::from(64)),
            (" true ", Value::from(true)),
            ("0.5", Value::from(0.5)),
            ("2s", Value::from("2s")),
            ("max-uses", Value::from("max-uses")),
            ("", Value::from("")),
            ("\"64\"", Value::from("64")),
            ("[\"a:1\", \"b:2\"]", Value::from(vec!["a:1", "b:2"])),
            ("2024-01-01", Value::from("2024-01-01")),
            ("nan", Value::from("nan")),
        ] {
            assert_eq!(value("X", raw), Ok(expected), "{raw}");
        }
        assert!(value("X", "[1, 2").is_err());
    }
}
