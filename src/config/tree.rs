//! What all layers together say, each value with the layer that it comes from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnostic::Place;
use super::layers::Layer;

/// The merged values and the layers that they come from.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub(crate) layers: Vec<Layer>,
    pub(crate) root: Node,
}

/// A merged value.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The index of its layer; of a table that several layers have a part in, the last of them.
    pub(crate) layer: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Leaf(Value),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// Which part of an entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    Key,
    Value,
}

impl Node {
    pub(crate) fn child(&self, step: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Leaf(_) => None,
            Kind::List(items) => items.get(step.parse::<usize>().ok()?),
            Kind::Table(entries) => entries.get(step),
        }
    }

    pub(crate) fn child_mut(&mut self, step: &str) -> Option<&mut Node> {
        match &mut self.kind {
            Kind::Leaf(_) => None,
            Kind::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            Kind::Table(entries) => entries.get_mut(step),
        }
    }

    /// The entries of a table; `None` if it is none.
    pub(crate) fn table(&self) -> Option<&BTreeMap<String, Node>> {
        match &self.kind {
            Kind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text that it is; `None` if it is none.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Leaf(value) => value.as_str(),
            _ => None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Leaf(value) => value.clone(),
            Kind::List(items) => items.iter().map(Node::to_json).collect(),
            Kind::Table(entries) => entries.iter().map(|(key, node)| (key.clone(), node.to_json())).collect(),
        }
    }

    /// What it is, in the words of a message.
    pub(crate) fn describe(&self) -> String {
        describe(&self.to_json())
    }
}

/// What a value is, in the words of a message.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Bool(truth) => format!("{truth}"),
        Value::Number(number) => format!("{number}"),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "a table".into(),
    }
}

impl Tree {
    pub(crate) fn find(&self, path: &[String]) -> Option<&Node> {
        path.iter().try_fold(&self.root, |node, step| node.child(step))
    }

    pub(crate) fn layer_of(&self, path: &[String]) -> Option<&Layer> {
        self.layers.get(self.find(path)?.layer)
    }

    /// Where the value at this path was given; for a value that nobody gave, where the innermost
    /// table around it begins.
    pub(crate) fn place(&self, path: &[String], aim: Aim) -> Place {
        let exists = self.find(path).is_some();
        (0..=path.len())
            .rev()
            .find_map(|length| {
                // A key that is missing has no value to point at: the table's own key is meant.
                let aim = if exists && length == path.len() { aim } else { Aim::Key };
                self.place_of_existing(&path[..length], aim)
            })
            .unwrap_or(Place::Default)
    }

    /// Where a value was given, unless it was not, or only by default.
    pub(crate) fn place_of_existing(&self, path: &[String], aim: Aim) -> Option<Place> {
        let node = self.find(path)?;
        let own = self.layers.get(node.layer)?.place(path, aim);
        match node.kind {
            // Several layers have a part in a table; a file shows it best, and a preset worst.
            Kind::Table(_) => {
                let mut places = self.layers.iter().filter_map(|layer| layer.place(path, aim));
                places.find(|place| !place.is_preset()).or(own)
            }
            _ => own,
        }
    }
}
