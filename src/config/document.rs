//! A configuration file as values that know where they stand.

mod from_toml;
#[cfg(feature = "yaml")]
mod from_yaml;

use std::ops::Range;

use serde_json::Value;

use super::diagnostic::{Diagnostic, Place};
use super::tree::Aim;

/// A parsed file.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) root: Spot,
}

/// A value and where it stands, in bytes from the start of the text.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// The key that it stands under; empty for the root and in lists.
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
    pub(crate) data: Data,
}

/// What can be written in a file.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Scalar(Value),
    List(Vec<Spot>),
    Table(Vec<(String, Spot)>),
}

impl Document {
    /// Parses a text; the name's ending tells the format, TOML unless it is `.yaml` or `.yml`.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Document, Vec<Diagnostic>> {
        let is_yaml = [".yaml", ".yml"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
        let parsed = if is_yaml { parse_yaml(text) } else { from_toml::parse(text) };
        match parsed {
            Ok(root) => Ok(Document { name: name.to_owned(), text: text.to_owned(), root }),
            Err(errors) => Err(errors.into_iter().map(|error| error.diagnostic(name, text)).collect()),
        }
    }

    /// Parses a text of several YAML documents.
    pub(crate) fn parse_all(name: &str, text: &str) -> Result<Vec<Spot>, Vec<Diagnostic>> {
        let told = |errors: Vec<SyntaxError>| errors.into_iter().map(|error| error.diagnostic(name, text)).collect();
        parse_all_yaml(text).map_err(told)
    }

    /// The value at a path, if the file has it.
    pub(crate) fn find(&self, path: &[String]) -> Option<&Spot> {
        path.iter().try_fold(&self.root, |spot, step| spot.child(step))
    }
}

#[cfg(feature = "yaml")]
fn parse_yaml(text: &str) -> Result<Spot, Vec<SyntaxError>> {
    from_yaml::parse(text)
}

#[cfg(feature = "yaml")]
fn parse_all_yaml(text: &str) -> Result<Vec<Spot>, Vec<SyntaxError>> {
    from_yaml::parse_all(text)
}

#[cfg(not(feature = "yaml"))]
fn parse_all_yaml(text: &str) -> Result<Vec<Spot>, Vec<SyntaxError>> {
    parse_yaml(text).map(|root| vec![root])
}

#[cfg(not(feature = "yaml"))]
fn parse_yaml(_: &str) -> Result<Spot, Vec<SyntaxError>> {
    let message = "this build reads TOML only: build it with the feature `yaml`, or write the file in TOML";
    Err(vec![SyntaxError { message: message.into(), span: 0..0, see: None }])
}

impl Spot {
    /// What is meant of it: the key, if it has one, or the value.
    pub(crate) fn span(&self, aim: Aim) -> &Range<usize> {
        if aim == Aim::Key && !self.key.is_empty() { &self.key } else { &self.value }
    }

    fn child(&self, step: &str) -> Option<&Spot> {
        match &self.data {
            Data::Scalar(_) => None,
            Data::List(items) => items.get(step.parse::<usize>().ok()?),
            Data::Table(entries) => entries.iter().find(|(key, _)| key == step).map(|(_, spot)| spot),
        }
    }
}

/// The text is not of its format.
#[derive(Debug)]
struct SyntaxError {
    message: String,
    span: Range<usize>,
    /// Another place that it has to do with: what to say, and where it is.
    see: Option<(String, Range<usize>)>,
}

/// Of a key that is given twice.
const FIRST: &str = "the first one is at";

impl SyntaxError {
    fn diagnostic(self, name: &str, text: &str) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.message, Place::in_file(name, text, &self.span));
        match self.see {
            Some((what, span)) => diagnostic.note(format!("{what} {}", Place::in_file(name, text, &span))),
            None => diagnostic,
        }
    }
}

/// A value on its own, as an environment variable has it: in TOML's spelling.
pub(crate) fn lone_value(text: &str) -> Option<Value> {
    from_toml::parse_value(text).map(|data| data.to_json())
}

impl Data {
    /// The same without the places.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Data::Scalar(value) => value.clone(),
            Data::List(items) => items.iter().map(|item| item.data.to_json()).collect(),
            Data::Table(entries) => entries.iter().map(|(key, spot)| (key.clone(), spot.data.to_json())).collect(),
        }
    }
}
