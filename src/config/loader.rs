//! Gathers the layers and reads them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::panic::Location;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::diagnostic::{Diagnostic, Place, Severity};
use super::document::Document;
use super::layers::{Layer, merge};
use super::report::{Report, join};
use super::tree::{Aim, Kind, Tree};
use super::{Config, ConfigError, env, preset, section};
use crate::App;

/// Gathers the layers of a configuration and reads them.
///
/// ```
/// use clearpool::{App, Loader};
///
/// let text = r#"
///     [pools.orders]
///     connector = { kind = "tcp" }
///     endpoints = ["127.0.0.1:7001"]
/// "#;
/// let config = Loader::new(&App::new()).text("pool.toml", text).set("pools.orders.limits.max_open", 64).load()?;
/// assert_eq!(config.pools["orders"].options.limits.max_open, 64);
/// # Ok::<(), clearpool::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Loader<'a> {
    app: &'a App,
    pub(super) file: Option<File>,
    pub(super) variables: Vec<(OsString, OsString)>,
    pub(super) code: Vec<Layer>,
}

#[derive(Debug, Clone)]
pub(super) enum File {
    Path(PathBuf),
    Content { path: PathBuf, content: Vec<u8> },
    Text { name: String, text: String },
    Parsed(Document),
}

impl<'a> Loader<'a> {
    /// Nothing but defaults yet.
    pub fn new(app: &'a App) -> Loader<'a> {
        Loader { app, file: None, variables: Vec::new(), code: Vec::new() }
    }

    /// The file: TOML, or YAML if its name ends in `.yaml` or `.yml`.
    #[must_use]
    pub fn file(self, path: impl AsRef<Path>) -> Loader<'a> {
        Loader { file: Some(File::Path(path.as_ref().to_owned())), ..self }
    }

    /// The text of a file, and the name by which mistakes are told.
    #[must_use]
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Loader<'a> {
        Loader { file: Some(File::Text { name: name.into(), text: text.into() }), ..self }
    }

    /// A file that was parsed already.
    #[must_use]
    pub(crate) fn parsed(self, document: Document) -> Loader<'a> {
        Loader { file: Some(File::Parsed(document)), ..self }
    }

    /// The environment variables of this process.
    #[must_use]
    pub fn process_env(self) -> Loader<'a> {
        self.env(std::env::vars_os())
    }

    /// These environment variables; those that are not ours may be among them.
    #[must_use]
    pub fn env<K: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Loader<'a> {
        self.variables.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// A value set by the program, above all else: `set("pools.orders.limits.max_open", 64)`.
    #[must_use]
    #[track_caller]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Loader<'a> {
        let location = Location::caller();
        self.code.push(Layer::Code {
            location: format!("{}:{}", location.file(), location.line()),
            path: path.split('.').map(str::to_owned).collect(),
            value: value.into(),
        });
        self
    }

    /// Reads it all.
    ///
    /// # Errors
    /// If the file cannot be read or anything at all is wrong; nothing has been started then.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let document = self.document().map_err(|diagnostics| ConfigError { diagnostics })?;
        let mut layers: Vec<Layer> = document.map(Layer::File).into_iter().collect();
        let (variables, mut odd) = env::layers(&self.variables, &layers);
        layers.extend(variables);
        layers.extend(self.code.iter().cloned());
        let presets = preset::layers(&layers).map_err(|diagnostics| ConfigError { diagnostics })?;
        layers.extend(presets);
        layers.insert(0, self.defaults(&layers));

        let mut tree = merge(layers);
        odd.extend(drop_leftovers(&mut tree));
        let mut report = Report::new(&tree, odd);
        report_lost(&mut report);
        let read = section::read(&mut report, self.app, &self.base());
        let diagnostics = report.finish();
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(ConfigError { diagnostics });
        }
        Ok(Config { telemetry: read.telemetry, pools: read.pools, warnings: diagnostics, tree })
    }

    fn document(&self) -> Result<Option<Document>, Vec<Diagnostic>> {
        match &self.file {
            None => Ok(None),
            Some(File::Text { name, text }) => Document::parse(name, text).map(Some),
            Some(File::Parsed(document)) => Ok(Some(document.clone())),
            Some(File::Path(path)) => {
                let content = std::fs::read(path).map_err(|error| {
                    let place = Place::WholeFile { name: path.display().to_string() };
                    vec![Diagnostic::error(format!("the file cannot be read: {error}"), place)]
                })?;
                parse(path, content).map(Some)
            }
            Some(File::Content { path, content }) => parse(path, content.clone()).map(Some),
        }
    }

    fn base(&self) -> PathBuf {
        let path = match &self.file {
            Some(File::Path(path) | File::Content { path, .. }) => path.as_path(),
            Some(File::Text { name, .. } | File::Parsed(Document { name, .. })) => Path::new(name),
            None => return PathBuf::new(),
        };
        path.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// The policies of every pool that names none.
    pub(super) fn defaults(&self, layers: &[Layer]) -> Layer {
        let kinds = &self.app.defaults;
        let table = |kind: &str| json!({ "kind": kind });
        let pool = json!({
            "acquire": table(kinds.acquire),
            "release": table(kinds.release),
            "balance": table(kinds.balance),
            "evict": kinds.evict.iter().map(|kind| table(kind)).collect::<Vec<_>>(),
        });
        let mut names = BTreeSet::new();
        for layer in layers {
            if let Some(Value::Object(pools)) = layer.to_json().get_mut("pools").map(Value::take) {
                names.extend(pools.into_iter().filter(|(_, pool)| pool.is_object()).map(|(name, _)| name));
            }
        }
        if names.is_empty() {
            return Layer::Defaults(json!({}));
        }
        let pools: serde_json::Map<String, Value> = names.into_iter().map(|name| (name, pool.clone())).collect();
        Layer::Defaults(json!({ "pools": pools }))
    }
}

fn parse(path: &Path, content: Vec<u8>) -> Result<Document, Vec<Diagnostic>> {
    let name = path.display().to_string();
    match String::from_utf8(content) {
        Ok(text) => Document::parse(&name, &text),
        Err(error) => {
            let message = format!("the file is not UTF-8: byte {}", error.utf8_error().valid_up_to());
            Err(vec![Diagnostic::error(message, Place::WholeFile { name })])
        }
    }
}

/// When an upper layer names another kind, the options that lower layers gave are those of the
/// old one: they are dropped, and that is said, unless they are a preset's.
fn drop_leftovers(tree: &mut Tree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let pools: Vec<String> = tree
        .root
        .child("pools")
        .and_then(|node| node.table())
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    for name in pools {
        let pool = ["pools".to_owned(), name];
        let items = match tree.find(&join(&pool, ["evict"])).map(|node| &node.kind) {
            Some(Kind::List(items)) => items.len(),
            _ => 0,
        };
        let roles = ["connector", "discovery", "acquire", "release", "balance", "health", "queue"];
        let roles = roles.map(|key| join(&pool, [key]));
        let evict = (0..items).map(|at| join(&pool, ["evict", &at.to_string()]));
        for path in roles.into_iter().chain(evict) {
            let Some((old, stale)) = leftovers(tree, &path) else { continue };
            if stale.iter().any(|key| !tree.place(&join(&path, [key]), Aim::Key).is_preset()) {
                found.push(leftover_warning(tree, &path, &old, &stale));
            }
            if let Some(Kind::Table(entries)) = node_mut(tree, &path) {
                entries.retain(|key, _| !stale.contains(key));
            }
        }
    }
    found
}

fn node_mut<'t>(tree: &'t mut Tree, path: &[String]) -> Option<&'t mut Kind> {
    path.iter().try_fold(&mut tree.root, |node, step| node.child_mut(step)).map(|node| &mut node.kind)
}

/// The kind that a lower layer gave, and the keys that belong to it.
fn leftovers(tree: &Tree, path: &[String]) -> Option<(String, Vec<String>)> {
    let node = tree.find(path)?;
    let kind = node.child("kind")?;
    let rank = tree.layers[kind.layer].rank();
    let old = tree.layers[..kind.layer].iter().rev().filter(|layer| layer.rank() < rank).find_map(|layer| {
        let json = layer.to_json();
        let table = path.iter().try_fold(&json, |value, step| env::child(value, step))?;
        Some(table.get("kind")?.as_str()?.to_owned())
    })?;
    let is_stale = |layer: usize| tree.layers[layer].rank() < rank;
    let stale = node.table()?.iter().filter(|(_, node)| is_stale(node.layer)).map(|(key, _)| key.clone());
    let stale: Vec<String> = stale.collect();
    (kind.text() != Some(old.as_str()) && !stale.is_empty()).then_some((old, stale))
}

fn leftover_warning(tree: &Tree, path: &[String], old: &str, stale: &[String]) -> Diagnostic {
    let kind = join(path, ["kind"]);
    let new = tree.find(&kind).and_then(|node| node.text()).unwrap_or_default();
    let message =
        format!("`{}` is `{new}` here and was `{old}` below: the options of `{old}` no longer count", path.join("."));
    let notes = stale.iter().map(|key| format!("dropped: `{key}` from {}", tree.place(&join(path, [key]), Aim::Key)));
    Diagnostic { notes: notes.collect(), ..Diagnostic::warning(message, tree.place(&kind, Aim::Value)) }
}

/// A variable that reaches into a list, at an item which is not there, has changed nothing.
fn report_lost(report: &mut Report<'_>) {
    let tree = report.tree;
    for layer in &tree.layers {
        let (Layer::Variable { path, .. } | Layer::Code { path, .. }) = layer else { continue };
        if tree.find(path).is_some() {
            continue;
        }
        let list = (0..path.len()).rev().find_map(|length| Some((length, tree.find(&path[..length])?)));
        if let Some((length, node)) = list
            && let Kind::List(items) = &node.kind
            && let Some(place) = layer.place(&path[..=length], Aim::Key)
        {
            let list = path[..length].join(".");
            let has = match items.len() {
                0 => "it is empty".to_owned(),
                1 => "its only item is 0".to_owned(),
                items => format!("its items are 0 to {}", items - 1),
            };
            let message = format!("`{list}` has no item `{}`: {has}", path[length]);
            report.add(
                Diagnostic::error(message, place)
                    .note("an item can be changed here, not added; or give the whole list"),
            );
        }
    }
}
