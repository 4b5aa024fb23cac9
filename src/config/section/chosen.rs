//! Reads tables with a `kind`: policies, the connector, the source of endpoints.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use pool_core::{Builder, OptionError, Plugin, Role};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::super::layers::Layer;
use super::super::pool::Chosen;
use super::super::report::{Report, join};
use super::super::tree::{Aim, Kind, Node};
use super::super::{typed, words};
use crate::{App, plugins};

/// The connector of a pool.
pub(super) fn connector(
    report: &mut Report<'_>,
    pool: &[String],
    node: Option<&Node>,
    app: &App,
    base: &Path,
) -> Option<Chosen> {
    let path = join(pool, ["connector"]);
    let kinds: Vec<_> = app.connectors.iter().map(|plugin| plugin.kind).collect();
    let Some(node) = node else {
        let usual = app.defaults.connector;
        let of = if kinds.contains(&usual) { &[usual] } else { &kinds[..] };
        let notes = vec![example("connector", of), allowed(&kinds)];
        report.error(&path, Aim::Key, "missing key `connector`: how is a connection made?", notes);
        return None;
    };
    let kind = kind(report, &path, node, "connector", &kinds, |_| None)?;
    let plugin = app.connectors.find(&kind)?;
    let about = About { kind: &kind, example: plugin.example, schema: &|generator| plugin.schema(generator) };
    options(report, &path, node, &about, |options| plugin.normalize_in(base, options))
}

/// The source of endpoints of a pool.
pub(super) fn discovery(report: &mut Report<'_>, pool: &[String], node: &Node, app: &App) -> Option<Chosen> {
    let path = join(pool, ["discovery"]);
    let kinds: Vec<_> = app.discoveries.iter().map(|plugin| plugin.kind).collect();
    let kind = kind(report, &path, node, "source of endpoints", &kinds, |_| None)?;
    let plugin = app.discoveries.find(&kind)?;
    let about = About { kind: &kind, example: plugin.example, schema: &|generator| plugin.schema(generator) };
    options(report, &path, node, &about, |options| plugin.normalize(options))
}

/// The policy of one role, the default where none is given.
pub(super) fn policy(
    report: &mut Report<'_>,
    pool: &[String],
    key: &str,
    role: Role,
    entries: &BTreeMap<String, Node>,
    app: &App,
    base: &Path,
) -> Option<Chosen> {
    one(report, &join(pool, [key]), entries.get(key)?, role, app, base)
}

/// The policy of a role that a pool can do without; `Some(None)` where none is given.
pub(super) fn optional(
    report: &mut Report<'_>,
    pool: &[String],
    key: &str,
    role: Role,
    entries: &BTreeMap<String, Node>,
    app: &App,
    base: &Path,
) -> Option<Option<Chosen>> {
    match entries.get(key) {
        None => Some(None),
        Some(node) => one(report, &join(pool, [key]), node, role, app, base).map(Some),
    }
}

/// The evict policies, in order.
pub(super) fn evict(
    report: &mut Report<'_>,
    pool: &[String],
    node: Option<&Node>,
    app: &App,
    base: &Path,
) -> Option<Vec<Chosen>> {
    let path = join(pool, ["evict"]);
    let node = node?;
    let Kind::List(items) = &node.kind else {
        let name = pool.last().map_or("NAME", String::as_str);
        let notes = vec![format!("several compose, so they are a list: `[[pools.{name}.evict]]`, with two brackets")];
        let message = format!("expected a list of evict policies, found {}", node.describe());
        report.error(&path, Aim::Key, message, notes);
        return None;
    };
    let read = items
        .iter()
        .enumerate()
        .map(|(at, item)| one(report, &join(&path, [at.to_string()]), item, Role::Evict, app, base));
    // All are read before one that failed ends it.
    let read: Vec<Option<Chosen>> = read.collect();
    read.into_iter().collect()
}

fn one(report: &mut Report<'_>, path: &[String], node: &Node, role: Role, app: &App, base: &Path) -> Option<Chosen> {
    let kinds = app.kinds(role);
    let kind =
        kind(report, path, node, &format!("{} policy", role.as_str()), &kinds, |kind| other_role(app, role, kind))?;
    let plugin = app.policies.find(role, &kind)?;
    let about = About { kind: &kind, example: plugin.example, schema: &|generator| plugin.schema(generator) };
    options(report, path, node, &about, |options| {
        let normal = plugin.normalize(options)?;
        build(plugin, plugin.relative_to(normal.clone(), base)?)?;
        Ok(normal)
    })
}

/// Makes the policy, to hear whether its options make sense.
fn build(plugin: &Plugin, options: Value) -> Result<(), OptionError> {
    match plugin.builder {
        Builder::Acquire(build) => build(options).map(drop),
        Builder::Release(build) => build(options).map(drop),
        Builder::Evict(build) => build(options).map(drop),
        Builder::Balance(build) => build(options).map(drop),
        Builder::Health(build) => build(options).map(drop),
        Builder::Queue(build) => build(options).map(drop),
    }
}

fn other_role(app: &App, role: Role, kind: &str) -> Option<String> {
    let plugin = app.policies.iter().find(|plugin| plugin.kind == kind && plugin.role() != role)?;
    let article = if matches!(plugin.role(), Role::Acquire | Role::Evict) { "an" } else { "a" };
    Some(format!("`{kind}` is {article} {} policy", plugin.role().as_str()))
}

/// The kind that a table names, if there is such a plugin.
fn kind(
    report: &mut Report<'_>,
    path: &[String],
    node: &Node,
    what: &str,
    kinds: &[&str],
    hint: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let key = path.iter().rev().find(|step| step.parse::<usize>().is_err()).map_or("", String::as_str);
    let Some(entries) = node.table() else {
        let mut notes: Vec<String> = Vec::new();
        match node.text() {
            Some(text) if let Some(Layer::Variable { name, .. }) = report.tree.layer_of(path) => {
                notes.push(format!("set {name}__KIND={text}"));
            }
            Some(text) if kinds.contains(&text) => notes.push(format!("write `{key} = {{ kind = \"{text}\" }}`")),
            _ => notes.push(example(key, kinds)),
        }
        report.error(path, Aim::Value, format!("expected a table with a `kind`, found {}", node.describe()), notes);
        return None;
    };
    let own = join(path, ["kind"]);
    // Options under a kind that nobody named: whoever wrote them had another one in mind.
    let by_default = report.tree.place_of_existing(&own, Aim::Value).is_none();
    let Some(node) = entries.get("kind").filter(|_| !by_default || entries.len() == 1) else {
        let message = format!("missing key `kind`: which {what}?");
        match entries.keys().find(|key| *key != "kind" && words::nearest(key, ["kind"]).is_some()) {
            None => report.error(path, Aim::Key, message, vec![allowed(kinds)]),
            Some(misspelled) => {
                let notes = vec![format!("did you mean `kind` where `{misspelled}` is?"), allowed(kinds)];
                report.error(&join(path, [misspelled]), Aim::Key, message, notes);
            }
        }
        return None;
    };
    let Some(kind) = node.text() else {
        let message = format!("expected a text in quotes, found {}", node.describe());
        report.error(&own, Aim::Value, message, vec![allowed(kinds)]);
        return None;
    };
    if kinds.contains(&kind) {
        return Some(kind.to_owned());
    }
    let mut notes = Vec::new();
    notes.extend(words::nearest(kind, kinds.iter().copied()).map(|meant| format!("did you mean `{meant}`?")));
    notes.extend(hint(kind));
    notes.extend(
        plugins::absent_feature(key, kind)
            .map(|feature| format!("it comes with Clearpool: build with the cargo feature `{feature}`")),
    );
    if by_default {
        notes.push(format!("it is the default where none is given, but not part of this build: give a `{key}`"));
    }
    notes.push(allowed(kinds));
    report.error(&own, Aim::Value, format!("there is no {what} called `{kind}`"), notes);
    None
}

fn allowed(kinds: &[&str]) -> String {
    match kinds {
        [] => "this build has none".into(),
        kinds => format!("allowed: {}", words::listed(kinds.iter().copied())),
    }
}

fn example(key: &str, kinds: &[&str]) -> String {
    format!("for example: `{key} = {{ kind = \"{}\" }}`", kinds.first().unwrap_or(&"…"))
}

/// What a plugin says of itself.
struct About<'a> {
    kind: &'a str,
    /// Its table as a file would have it, a key a line.
    example: &'a str,
    schema: &'a dyn Fn(&mut SchemaGenerator) -> Schema,
}

impl About<'_> {
    /// What a key is, and an example of it all.
    fn key(&self, path: &[String], key: &str) -> Vec<String> {
        let mut generator =
            SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
        let schema = (self.schema)(&mut generator).to_value();
        let meaning = schema["properties"][key]["description"].as_str();
        let mut notes: Vec<String> =
            meaning.map(|meaning| format!("`{key}`: {}", meaning.replace('\n', " "))).into_iter().collect();
        let table = format!("{{ {} }}", self.example.trim().lines().collect::<Vec<_>>().join(", "));
        notes.push(match path.last() {
            Some(last) if last.parse::<usize>().is_ok() => format!("for example: `{table}`"),
            last => format!("for example: `{} = {table}`", last.map_or("", String::as_str)),
        });
        notes
    }
}

/// The options beside the kind, with every default filled in.
fn options(
    report: &mut Report<'_>,
    path: &[String],
    node: &Node,
    about: &About<'_>,
    normalize: impl Fn(Value) -> Result<Value, OptionError>,
) -> Option<Chosen> {
    let kind = about.kind;
    let mut json = node.to_json();
    if let Value::Object(entries) = &mut json {
        entries.remove("kind");
    }
    // A plugin is somebody else's code: that it panics is its mistake, and ends nothing here.
    let panicked = |_| Err(OptionError::new("", format!("the plugin `{kind}` panicked over these options")));
    let guarded = |options| catch_unwind(AssertUnwindSafe(|| normalize(options))).unwrap_or_else(panicked);
    let options = typed::read_by(report, path, json, guarded, &|key| about.key(path, key))?;
    Some(Chosen { kind: kind.to_owned(), options })
}
