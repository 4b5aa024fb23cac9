//! What cannot be changed while a pool lives: told with its place, what is allowed, and what to do.

use serde_json::Value;

use crate::config::{Chosen, Diagnostic, Source, is_secret};
use crate::{Config, PoolConfig};

/// What the configuration asks of a live pool and that cannot be done; nothing, if it is to be closed.
pub(super) fn fixed(config: &Config, name: &str, live: &PoolConfig) -> Vec<Diagnostic> {
    let Some(wanted) = config.pools.get(name) else { return Vec::new() };
    let mut found = in_plugin(config, name, "connector", &live.connector, &wanted.connector);
    match (&live.source, &wanted.source) {
        (Source::Discovery(live), Source::Discovery(wanted)) => {
            found.extend(in_plugin(config, name, "discovery", live, wanted));
        }
        (Source::Endpoints(_), Source::Endpoints(_)) => {}
        (Source::Endpoints(_), Source::Discovery(_)) => {
            found.push(cannot(config, name, &["discovery"], Some("endpoints are listed in the configuration".into())));
        }
        (Source::Discovery(live), Source::Endpoints(_)) => {
            let now = format!("endpoints come from discovery by {}", live.kind);
            found.push(cannot(config, name, &["endpoints"], Some(now)));
        }
    }
    found
}

/// The options of a plugin that are others, or its kind.
fn in_plugin(config: &Config, pool: &str, role: &str, live: &Chosen, wanted: &Chosen) -> Vec<Diagnostic> {
    if live.kind != wanted.kind {
        return vec![cannot(config, pool, &[role, "kind"], Some(format!("it is \"{}\"", live.kind)))];
    }
    let (before, after) = (live.options.as_object(), wanted.options.as_object());
    let mut keys: Vec<&String> = before.into_iter().chain(after).flatten().map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    let value = |options: Option<&serde_json::Map<String, Value>>, key| options.and_then(|all| all.get(key)).cloned();
    keys.into_iter()
        .filter(|key| value(before, key.as_str()) != value(after, key.as_str()))
        .map(|key| cannot(config, pool, &[role, key], value(before, key).and_then(|value| said(key, &value))))
        .collect()
}

fn cannot(config: &Config, pool: &str, key: &[&str], now: Option<String>) -> Diagnostic {
    let path: Vec<String> = ["pools", pool].iter().chain(key).map(|&step| step.to_owned()).collect();
    let message = format!("`{}` cannot be changed while the pool lives", path.join("."));
    let mut diagnostic = Diagnostic::error(message, config.place(&path));
    if let Some(now) = now {
        diagnostic = diagnostic.note(format!("as long as this pool lives, {now}"));
    }
    diagnostic
        .note("what can be changed live: endpoints and their weights, limits, wait, dial, upkeep, lease, sizing, all policies")
        .note(
            "take it back; or restart; or give the pool another name: then this one is closed, and one of that name is \
             started",
        )
}

/// What is in force, if it may be told.
fn said(key: &str, value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("it is not set".to_owned()),
        // A password can be in any address.
        Value::String(text) if is_secret(key) || text.contains('@') => None,
        Value::String(_) | Value::Bool(_) | Value::Number(_) => Some(format!("it is {value}")),
        Value::Array(_) | Value::Object(_) => None,
    }
}
