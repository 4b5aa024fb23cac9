//! What a configuration was read from, for reading it again.

use std::ffi::OsString;
use std::path::Path;

use super::layers::Layer;
use super::loader::File;
use super::{Config, Loader};

/// What a configuration was read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReadFrom {
    /// The text of its file; `None` if it had none.
    pub(crate) text: Option<String>,
    variables: Vec<(OsString, OsString)>,
    code: Vec<Layer>,
}

impl Config {
    /// What it was read from.
    pub(crate) fn read_from(&self) -> ReadFrom {
        let mut from = ReadFrom::default();
        for layer in &self.tree.layers {
            match layer {
                Layer::Defaults(_) | Layer::Preset { .. } => {}
                Layer::File(document) => from.text = Some(document.text.clone()),
                Layer::Variable { name, raw, .. } => from.variables.push((name.into(), raw.into())),
                Layer::Code { .. } => from.code.push(layer.clone()),
            }
        }
        from
    }
}

impl Loader<'_> {
    /// The content of a file that was read already.
    #[must_use]
    pub(crate) fn content(mut self, path: &Path, content: Vec<u8>) -> Self {
        self.file = Some(File::Content { path: path.to_owned(), content });
        self
    }

    /// Variables and values as another configuration had them. Of a variable that is there already
    /// the other's value counts: it was perhaps never one of this process.
    #[must_use]
    pub(crate) fn above_as_in(mut self, from: &ReadFrom) -> Self {
        self.variables.extend(from.variables.iter().cloned());
        self.code.extend(from.code.iter().cloned());
        self
    }
}
