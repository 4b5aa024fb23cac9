//! How a source of endpoints is made from its options.

use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Stability;
use super::factory::{normalize, parse};
use crate::{Discovery, OptionError};

/// How a source of endpoints is made from its options.
pub trait DiscoveryFactory {
    /// What the configuration calls it: kebab-case.
    const KIND: &'static str;
    /// One line for a list: what it does, without a full stop.
    const SUMMARY: &'static str;
    /// Its table as a configuration file would have it, in TOML, `kind` included.
    const EXAMPLE: &'static str;
    /// The crate that it comes from: `env!("CARGO_PKG_NAME")`.
    const CRATE: &'static str;
    /// The version of that crate: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// How settled it is. Default [`Stability::Experimental`].
    const STABILITY: Stability = Stability::Experimental;
    /// Its options, without `kind`: keys in snake_case, unknown ones refused.
    type Options: DeserializeOwned + Serialize + JsonSchema;

    /// Makes the source. Nothing is read yet. Relative paths are meant from `base`, the directory
    /// of the configuration file.
    ///
    /// # Errors
    /// If the options parse and make no sense all the same; the path names the key.
    fn build(options: Self::Options, base: &Path) -> Result<Box<dyn Discovery>, OptionError>;
}

/// A source of endpoints under a kind, as a plain value.
#[derive(Clone, Copy)]
pub struct DiscoveryPlugin {
    /// What the configuration calls it.
    pub kind: &'static str,
    /// One line for a list.
    pub summary: &'static str,
    /// Its table as a configuration file would have it.
    pub example: &'static str,
    /// The crate that it comes from.
    pub krate: &'static str,
    /// The version of that crate.
    pub version: &'static str,
    /// How settled it is.
    pub stability: Stability,
    schema: fn(&mut SchemaGenerator) -> Schema,
    normalize: fn(Value) -> Result<Value, OptionError>,
    build: Build,
}

type Build = fn(Value, &Path) -> Result<Box<dyn Discovery>, OptionError>;

impl DiscoveryPlugin {
    /// A source of endpoints as a plugin.
    pub const fn of<F: DiscoveryFactory>() -> DiscoveryPlugin {
        DiscoveryPlugin {
            kind: F::KIND,
            summary: F::SUMMARY,
            example: F::EXAMPLE,
            krate: F::CRATE,
            version: F::VERSION,
            stability: F::STABILITY,
            schema: |generator| generator.subschema_for::<F::Options>(),
            normalize: normalize::<F::Options>,
            build: |options, base| F::build(parse(options)?, base),
        }
    }

    /// The JSON Schema of its options, without `kind`.
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// The options with every default filled in.
    ///
    /// # Errors
    /// If they do not parse; the path names the key.
    pub fn normalize(&self, options: Value) -> Result<Value, OptionError> {
        (self.normalize)(options)
    }

    /// Makes the source.
    ///
    /// # Errors
    /// If the options do not parse or make no sense; the path names the key.
    pub fn build(&self, options: Value, base: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        (self.build)(options, base)
    }
}

impl fmt::Debug for DiscoveryPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DiscoveryPlugin({} from {})", self.kind, self.krate)
    }
}
