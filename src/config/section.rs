//! Reads the merged tree: telemetry and pools.

mod chosen;
mod endpoints;
mod odds;
mod pool;
mod preset;

use std::collections::BTreeMap;
use std::path::Path;

use pool_core::PoolOptions;

use super::pool::PoolConfig;
use super::report::{Report, join};
use super::tree::{Aim, Kind, Node};
use super::{other_names, typed, words};
use crate::App;
use crate::telemetry::TelemetryOptions;

const TOP: [&str; 2] = ["telemetry", "pools"];

/// The options of a pool besides connector, endpoints and policies.
pub(super) const OPTIONS: [&str; 6] = ["limits", "wait", "dial", "upkeep", "lease", "sizing"];

/// Everything that a pool's table may have.
pub(super) const POOL: [&str; 16] = [
    "preset",
    "connector",
    "endpoints",
    "discovery",
    "limits",
    "wait",
    "dial",
    "upkeep",
    "lease",
    "sizing",
    "acquire",
    "release",
    "balance",
    "evict",
    "health",
    "queue",
];

pub(super) use pool::Behavior;
pub(crate) use preset::meant as meant_preset;

/// Reads what a pool does, whatever its connections lead to.
pub(super) fn behavior(report: &mut Report<'_>, path: &[String], app: &App) -> Option<Behavior> {
    let entries = report.tree.find(path)?.table()?.clone();
    pool::behavior(report, path, &entries, true, app, Path::new(""))
}

/// What was read; with mistakes in the report it is not the whole.
pub(super) struct Read {
    pub(super) telemetry: TelemetryOptions,
    pub(super) pools: BTreeMap<String, PoolConfig>,
}

/// Reads everything and reports what is wrong.
pub(super) fn read(report: &mut Report<'_>, app: &App, base: &Path) -> Read {
    let root = report.tree.root.clone();
    let entries = root.table().cloned().unwrap_or_default();
    for key in entries.keys().filter(|key| !TOP.contains(&key.as_str())) {
        let notes = POOL.contains(&key.as_str()).then(|| format!("`{key}` belongs in a pool: `[pools.NAME]`"));
        report.unknown_key(std::slice::from_ref(key), &TOP, notes.into_iter().collect());
    }
    let telemetry = match entries.get("telemetry") {
        Some(node) => telemetry(report, node),
        None => TelemetryOptions::default(),
    };
    Read { telemetry, pools: pools(report, entries.get("pools"), app, base) }
}

fn telemetry(report: &mut Report<'_>, node: &Node) -> TelemetryOptions {
    let path = ["telemetry".to_owned()];
    let sensible = |json| {
        let options: TelemetryOptions = typed::parse(json)?;
        options.mistakes().into_iter().next().map_or(Ok(options), Err)
    };
    typed::read_by(report, &path, node.to_json(), sensible, &|_| Vec::new()).unwrap_or_default()
}

fn pools(report: &mut Report<'_>, node: Option<&Node>, app: &App, base: &Path) -> BTreeMap<String, PoolConfig> {
    let path = ["pools".to_owned()];
    let example = vec!["for example: `[pools.orders]`, and in it `connector` and `endpoints`".to_owned()];
    let entries = match node.map(|node| &node.kind) {
        Some(Kind::Table(entries)) => entries.clone(),
        Some(_) => {
            let found = node.map(Node::describe).unwrap_or_default();
            report.error(&path, Aim::Value, format!("expected a table of pools, found {found}"), example);
            return BTreeMap::new();
        }
        None => BTreeMap::new(),
    };
    // With another mistake on the board, such as `[pool.orders]`, this one would only be its echo.
    if entries.is_empty() && report.errors() == 0 {
        report.error(&path, Aim::Key, "there is no pool", example);
    }
    let read = entries.iter().filter_map(|(name, node)| {
        Some((name.clone(), pool::read(report, &join(&path, [name]), name, node, app, base)?))
    });
    read.collect()
}

/// In which table of a pool a key would be right, or what it is called there.
pub(super) fn home_of(key: &str) -> Option<String> {
    let options = serde_json::to_value(PoolOptions::default()).unwrap_or_default();
    let homes = OPTIONS.iter().filter(|section| options[section].get(key).is_some());
    let homes = words::listed(homes.copied()).replace(", ", " or ");
    match homes.as_str() {
        "" => other_names::note(key),
        homes => Some(format!("`{key}` belongs to {homes} of a pool")),
    }
}
