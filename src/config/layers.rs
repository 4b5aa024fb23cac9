//! The layers of a configuration and how they are laid over each other.

use figment::value::{Dict, Map};
use figment::{Error, Figment, Metadata, Profile, Provider};
use serde_json::{Value, json};

use super::diagnostic::Place;
use super::document::Document;
use super::env;
use super::tree::{Aim, Kind, Node, Tree};

/// One layer. They are laid over each other in the order of [`Layer::rank`].
#[derive(Debug, Clone)]
pub(crate) enum Layer {
    /// What we think best.
    Defaults(Value),
    /// What the preset says that a pool names.
    Preset { pool: String, preset: &'static str, document: Document },
    /// A file.
    File(Document),
    /// One environment variable.
    Variable { name: String, raw: String, path: Vec<String>, value: Value },
    /// One value set by the program.
    Code { location: String, path: Vec<String>, value: Value },
}

impl Layer {
    /// Which layer lies above which.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Layer::Defaults(_) => 0,
            Layer::Preset { .. } => 1,
            Layer::File(_) => 2,
            Layer::Variable { .. } => 3,
            Layer::Code { .. } => 4,
        }
    }

    /// All that it says.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Layer::Defaults(value) => value.clone(),
            Layer::Preset { pool, document, .. } => json!({ "pools": { pool: document.root.data.to_json() } }),
            Layer::File(document) => document.root.data.to_json(),
            Layer::Variable { path, value, .. } | Layer::Code { path, value, .. } => nested(path, value),
        }
    }

    /// Where it gives the value at this path, if it gives it.
    pub(crate) fn place(&self, path: &[String], aim: Aim) -> Option<Place> {
        match self {
            Layer::Defaults(_) => None,
            Layer::Preset { pool, preset, document } => {
                let [pools, name, path @ ..] = path else { return None };
                let spot = (pools == "pools" && name == pool && !path.is_empty()).then(|| document.find(path))??;
                Some(Place::in_preset(preset, &document.text, spot.span(aim)))
            }
            Layer::File(document) if path.is_empty() => Some(Place::WholeFile { name: document.name.clone() }),
            Layer::File(document) => {
                let spot = document.find(path)?;
                Some(Place::in_file(&document.name, &document.text, spot.span(aim)))
            }
            Layer::Variable { name, raw, path: own, .. } => concerns(own, path).then(|| {
                // What is deeper than the name goes lies in the value.
                let named = aim == Aim::Key && path.len() <= own.len();
                if named { variable_level(name, raw, path.len() - 1) } else { variable(name, raw) }
            }),
            Layer::Code { location, path: own, value } => concerns(own, path)
                .then(|| Place::Code { location: location.clone(), text: format!("{} = {value}", own.join(".")) }),
        }
    }
}

/// The place of an environment variable's value. A secret is not repeated where everybody reads it.
pub(crate) fn variable(name: &str, raw: &str) -> Place {
    let value = shown(name, raw);
    let (column, width) = (name.chars().count() + 2, value.chars().count().max(1));
    Place::Variable { name: name.to_owned(), value, column, width }
}

/// The place of an environment variable's name.
pub(crate) fn variable_name(name: &str, raw: &str) -> Place {
    Place::Variable { name: name.to_owned(), value: shown(name, raw), column: 1, width: name.chars().count().max(1) }
}

/// The place of one level of an environment variable's name, from 0.
pub(crate) fn variable_level(name: &str, raw: &str, level: usize) -> Place {
    let (prefix, rest) = name.split_at(env::PREFIX.len().min(name.len()));
    let steps: Vec<usize> = rest.split("__").map(|step| step.chars().count()).collect();
    match steps.get(level) {
        Some(&width) if width > 0 => {
            let before: usize = steps[..level].iter().map(|step| step + 2).sum();
            let column = prefix.chars().count() + before + 1;
            Place::Variable { name: name.to_owned(), value: shown(name, raw), column, width }
        }
        _ => variable_name(name, raw),
    }
}

/// A variable's value as it is shown.
fn shown(name: &str, raw: &str) -> String {
    match raw {
        _ if is_secret(name) => "\"***\"".to_owned(),
        // As a shell has it: the value can have quotes of its own.
        raw if raw.contains('"') && !raw.contains(|c: char| c == '\'' || c.is_control()) => format!("'{raw}'"),
        raw => format!("{raw:?}"),
    }
}

/// Whether a key looks like that of a secret.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // The name of a file that holds a secret is none.
    if key.ends_with("_file") {
        return false;
    }
    ["password", "passwd", "secret", "token", "api_key", "apikey", "authorization", "credential", "headers"]
        .iter()
        .any(|word| key.contains(word))
}

fn concerns(own: &[String], path: &[String]) -> bool {
    !path.is_empty() && (own.starts_with(path) || path.starts_with(own))
}

fn nested(path: &[String], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, step| json!({ step: inner }))
}

/// Lays the layers over each other.
///
/// Tables are joined key by key; whatever else an upper layer gives takes the place of what lies
/// below. A variable that reaches into a list changes that one item.
pub(crate) fn merge(mut layers: Vec<Layer>) -> Tree {
    layers.sort_by_key(Layer::rank);
    let figment = layers.iter().enumerate().fold(Figment::new(), |figment, (index, layer)| {
        if reaches_into_list(&layers[..index], layer) { figment } else { figment.merge(Numbered { index, layer }) }
    });
    let root = match figment.data() {
        Ok(mut profiles) => profiles.remove(&Profile::Default).unwrap_or_default(),
        Err(_) => Dict::new(),
    };
    let root = node(figment::value::Value::from(root), &figment);
    let mut tree = Tree { layers, root };
    change_items(&mut tree);
    tree
}

/// A layer as figment sees it: its number is its name.
struct Numbered<'a> {
    index: usize,
    layer: &'a Layer,
}

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.index.to_string())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let value = figment::value::Value::serialize(self.layer.to_json())?;
        let dict = value.into_dict().ok_or_else(|| Error::from("a layer is a table".to_owned()))?;
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn node(value: figment::value::Value, figment: &Figment) -> Node {
    use figment::value::Value as F;
    let layer = figment.get_metadata(value.tag()).and_then(|meta| meta.name.parse().ok()).unwrap_or(0);
    let kind = match value {
        F::Dict(_, entries) => {
            Kind::Table(entries.into_iter().map(|(key, value)| (key, node(value, figment))).collect())
        }
        F::Array(_, items) => Kind::List(items.into_iter().map(|item| node(item, figment)).collect()),
        leaf => Kind::Leaf(serde_json::to_value(leaf).unwrap_or(Value::Null)),
    };
    Node { layer, kind }
}

/// Whether a layer names an item of a list below: `evict.0.max_age`. To figment, `0` were a key.
fn reaches_into_list(below: &[Layer], layer: &Layer) -> bool {
    let (Layer::Variable { path, .. } | Layer::Code { path, .. }) = layer else { return false };
    path.iter().enumerate().any(|(at, step)| {
        step.parse::<usize>().is_ok() && below.iter().any(|layer| is_list(&layer.to_json(), &path[..at]))
    })
}

fn is_list(value: &Value, path: &[String]) -> bool {
    path.iter().try_fold(value, |value, step| value.get(step)).is_some_and(Value::is_array)
}

fn change_items(tree: &mut Tree) {
    for (index, layer) in tree.layers.iter().enumerate() {
        if reaches_into_list(&tree.layers[..index], layer)
            && let Layer::Variable { path, value, .. } | Layer::Code { path, value, .. } = layer
        {
            put(&mut tree.root, path, value, index);
        }
    }
}

/// Puts a value at a path. What the path lacks is made, but no item is added to a list: then
/// nothing is changed, and the reader of the configuration says so.
fn put(root: &mut Node, path: &[String], value: &Value, layer: usize) {
    let Some((step, rest)) = path.split_first() else {
        *root = from_json(value, layer);
        return;
    };
    if let Kind::Table(entries) = &mut root.kind {
        entries.entry(step.clone()).or_insert_with(|| from_json(&json!({}), layer));
    }
    if let Some(child) = root.child_mut(step) {
        put(child, rest, value, layer);
    }
}

fn from_json(value: &Value, layer: usize) -> Node {
    let kind = match value {
        Value::Array(items) => Kind::List(items.iter().map(|item| from_json(item, layer)).collect()),
        Value::Object(entries) => {
            Kind::Table(entries.iter().map(|(key, value)| (key.clone(), from_json(value, layer))).collect())
        }
        leaf => Kind::Leaf(leaf.clone()),
    };
    Node { layer, kind }
}
