//! Reads one pool.

use std::collections::BTreeMap;
use std::path::Path;

use pool_core::{OptionError, Policies, PoolOptions, Registry, Role};
use serde::de::DeserializeOwned;

use super::super::pool::{Chosen, Kinds, PoolConfig};
use super::super::report::{Report, join};
use super::super::tree::{Aim, Kind, Node, Tree};
use super::super::typed;
use super::{POOL, chosen, endpoints, home_of, odds, preset};
use crate::App;

/// The longest name that a pool can have: it is a label of every metric.
const LONGEST_NAME: usize = 64;

/// Reads a pool. `None` if it cannot be used; what is wrong is in the report then.
pub(super) fn read(
    report: &mut Report<'_>,
    path: &[String],
    name: &str,
    node: &Node,
    app: &App,
    base: &Path,
) -> Option<PoolConfig> {
    let before = report.errors();
    check_name(report, path, name);
    let Some(entries) = node.table() else {
        let message = format!("expected a table, found {}", node.describe());
        report.error(path, Aim::Value, message, vec![format!("a pool begins with `[pools.{name}]`")]);
        return None;
    };
    if is_stray_variable(report, path, name, entries) {
        return None;
    }
    for key in entries.keys().filter(|key| !POOL.contains(&key.as_str())) {
        let notes = home_of(key).into_iter().collect();
        report.unknown_key(&join(path, [key]), &POOL, notes);
    }
    let preset = preset::read(report, path, entries.get("preset"));
    let behavior = self::behavior(report, path, entries, preset.is_ok(), app, base);
    let connector = chosen::connector(report, path, entries.get("connector"), app, base);
    let source = endpoints::source(report, path, entries, connector.as_ref(), app, base);
    let Behavior { options, acquire, release, balance, evict, health, queue } = behavior?;
    let pool = PoolConfig {
        preset: preset.ok()?,
        options,
        source: source?,
        connector: connector?,
        acquire,
        release,
        balance,
        evict,
        health,
        queue,
        base: base.to_owned(),
    };
    (report.errors() == before).then_some(pool)
}

/// What a pool does, wherever its connections lead and however they are made.
pub(crate) struct Behavior {
    pub(crate) options: PoolOptions,
    pub(crate) acquire: Chosen,
    pub(crate) release: Chosen,
    pub(crate) balance: Chosen,
    pub(crate) evict: Vec<Chosen>,
    pub(crate) health: Option<Chosen>,
    pub(crate) queue: Option<Chosen>,
}

impl Behavior {
    /// The policies, newly made. What has no file has no relative paths.
    ///
    /// # Errors
    /// If the registry is another than that which it was read with, and lacks one.
    pub(crate) fn policies(&self, registry: &Registry) -> Result<Policies, OptionError> {
        let Behavior { acquire, release, balance, evict, health, queue, .. } = self;
        Kinds { acquire, release, balance, evict, health: health.as_ref(), queue: queue.as_ref() }
            .made(registry, Path::new(""))
    }
}

/// Reads what a pool does. `whole`: whether all that lies below is there, so that what is at odds
/// with each other is so indeed.
pub(super) fn behavior(
    report: &mut Report<'_>,
    path: &[String],
    entries: &BTreeMap<String, Node>,
    whole: bool,
    app: &App,
    base: &Path,
) -> Option<Behavior> {
    let options = options(report, path, entries, whole);
    let acquire = chosen::policy(report, path, "acquire", Role::Acquire, entries, app, base);
    let release = chosen::policy(report, path, "release", Role::Release, entries, app, base);
    let balance = chosen::policy(report, path, "balance", Role::Balance, entries, app, base);
    let evict = chosen::evict(report, path, entries.get("evict"), app, base);
    let health = chosen::optional(report, path, "health", Role::Health, entries, app, base);
    let queue = chosen::optional(report, path, "queue", Role::Queue, entries, app, base);
    let (acquire, release, balance, evict) = (acquire?, release?, balance?, evict?);
    Some(Behavior { options, acquire, release, balance, evict, health: health?, queue: queue? })
}

fn check_name(report: &mut Report<'_>, path: &[String], name: &str) {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let allowed = vec!["allowed: letters, digits, `_` and `-`, at most 64 of them".to_owned()];
    if name.is_empty() || !name.chars().all(fits) || name.len() > LONGEST_NAME {
        report.error(path, Aim::Key, format!("\"{name}\" cannot be the name of a pool"), allowed);
    }
}

/// A variable that misspells a pool's name makes a pool that has nothing to it but that variable.
fn is_stray_variable(report: &mut Report<'_>, path: &[String], name: &str, entries: &BTreeMap<String, Node>) -> bool {
    let is_given = |key: &String| report.tree.place_of_existing(&join(path, [key]), Aim::Key).is_some();
    let has_file =
        report.tree.layers.iter().any(|layer| layer.place(path, Aim::Key).is_some_and(|place| is_file(&place)));
    if has_file || entries.contains_key("connector") {
        return false;
    }
    if !entries.keys().any(is_given) {
        return false;
    }
    let others = pool_names_in_files(report.tree);
    let mut notes = Vec::new();
    if let Some(meant) = super::words::nearest(name, others.iter().map(String::as_str)) {
        notes.push(format!("did you mean `{meant}`?"));
    }
    if !others.is_empty() {
        notes.push(format!("pools: {}", super::words::listed(others.iter().map(String::as_str))));
    }
    let message = format!("there is no pool called `{name}`");
    report.error(path, Aim::Key, message, notes);
    true
}

fn is_file(place: &super::super::Place) -> bool {
    matches!(place, super::super::Place::File { .. })
}

fn pool_names_in_files(tree: &Tree) -> Vec<String> {
    let pools = tree.root.child("pools").and_then(Node::table).into_iter().flatten();
    let with_connector = pools.filter(|(_, node)| node.child("connector").is_some());
    with_connector.map(|(name, _)| name.clone()).collect()
}

fn options(report: &mut Report<'_>, path: &[String], entries: &BTreeMap<String, Node>, whole: bool) -> PoolOptions {
    let mut options = PoolOptions::default();
    let mut unread = Vec::new();
    section(report, path, "limits", entries, &mut options.limits, &mut unread);
    section(report, path, "wait", entries, &mut options.wait, &mut unread);
    section(report, path, "dial", entries, &mut options.dial, &mut unread);
    section(report, path, "upkeep", entries, &mut options.upkeep, &mut unread);
    section(report, path, "lease", entries, &mut options.lease, &mut unread);
    section(report, path, "sizing", entries, &mut options.sizing, &mut unread);
    if !whole {
        return options;
    }
    // A section that could not be read stands at its defaults, about which nothing is to be said.
    for mistake in options.mistakes().into_iter().filter(|mistake| !unread.contains(&mistake.path[0].as_str())) {
        odds::tell(report, path, &options, mistake);
    }
    warn_of_limits(report, path, &options);
    options
}

fn section<T: DeserializeOwned>(
    report: &mut Report<'_>,
    path: &[String],
    key: &'static str,
    entries: &BTreeMap<String, Node>,
    into: &mut T,
    unread: &mut Vec<&'static str>,
) {
    let Some(node) = entries.get(key) else { return };
    // A list would be taken for the values of the keys, in their order.
    if let Kind::List(_) = node.kind {
        let notes = vec![format!("write its keys by their names: `{key} = {{ … }}`")];
        report.error(&join(path, [key]), Aim::Value, "expected a table, found a list", notes);
        return unread.push(key);
    }
    match typed::read(report, &join(path, [key]), node.to_json()) {
        Some(value) => *into = value,
        None => unread.push(key),
    }
}

fn warn_of_limits(report: &mut Report<'_>, path: &[String], options: &PoolOptions) {
    let limits = &options.limits;
    for (key, value) in [("max_idle", limits.max_idle), ("max_open_per_endpoint", limits.max_open_per_endpoint)] {
        let own = join(path, ["limits", key]);
        if let Some(value) = value.filter(|&value| value > limits.max_open)
            && report.tree.place_of_existing(&own, Aim::Value).is_some_and(|place| !place.is_preset())
        {
            let message = format!("{value} is above max_open = {}, and so is never reached", limits.max_open);
            report.warning(&own, message, Vec::new());
        }
    }
}
