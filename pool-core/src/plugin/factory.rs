//! How a policy is made from its options.

use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Stability;
use crate::{
    AcquirePolicy, BalancePolicy, EvictPolicy, HealthPolicy, OptionError, QueuePolicy, Reason, ReleasePolicy, Role,
};

/// How a policy of the role `P` is made from its options.
///
/// `P` is one of `dyn AcquirePolicy`, `dyn ReleasePolicy`, `dyn EvictPolicy`, `dyn BalancePolicy`, `dyn HealthPolicy`,
/// `dyn QueuePolicy`.
pub trait Factory<P: ?Sized> {
    /// What the configuration calls it: kebab-case, unique in its role.
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
    /// Every reason that it gives for a decision. Each is a time series, so they are few; a policy that
    /// gives one that it does not declare breaks the law `reasons-are-declared` of the test kit. Default: none.
    const REASONS: &'static [Reason] = &[];
    /// Its options, without `kind`: keys in snake_case, every one with a default or required,
    /// unknown ones refused (`#[serde(deny_unknown_fields)]`).
    type Options: DeserializeOwned + Serialize + JsonSchema;

    /// Makes the policy.
    ///
    /// # Errors
    /// If the options parse and make no sense all the same; the path names the key.
    fn build(options: Self::Options) -> Result<Box<P>, OptionError>;

    /// The options with relative paths meant from `base`, the directory of the configuration file.
    /// Default: as they are, for options without paths.
    fn relative_to(options: Self::Options, base: &Path) -> Self::Options {
        let _ = base;
        options
    }
}

/// A policy under a kind, as a plain value.
#[derive(Clone, Copy)]
pub struct Plugin {
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
    /// The reasons that it gives for its decisions; empty if it does not say.
    pub reasons: &'static [Reason],
    /// How it is made.
    pub builder: Builder,
    schema: fn(&mut SchemaGenerator) -> Schema,
    normalize: fn(Value) -> Result<Value, OptionError>,
    relative_to: fn(Value, &Path) -> Result<Value, OptionError>,
}

/// How a policy is made, by role. The options are JSON, without `kind`.
#[derive(Clone, Copy)]
pub enum Builder {
    /// An acquire policy.
    Acquire(fn(Value) -> Result<Box<dyn AcquirePolicy>, OptionError>),
    /// A release policy.
    Release(fn(Value) -> Result<Box<dyn ReleasePolicy>, OptionError>),
    /// An evict policy.
    Evict(fn(Value) -> Result<Box<dyn EvictPolicy>, OptionError>),
    /// A balance policy.
    Balance(fn(Value) -> Result<Box<dyn BalancePolicy>, OptionError>),
    /// A health policy.
    Health(fn(Value) -> Result<Box<dyn HealthPolicy>, OptionError>),
    /// A queue policy.
    Queue(fn(Value) -> Result<Box<dyn QueuePolicy>, OptionError>),
}

impl Plugin {
    /// An acquire policy as a plugin.
    pub const fn acquire<F: Factory<dyn AcquirePolicy>>() -> Plugin {
        Plugin::of::<dyn AcquirePolicy, F>(Builder::Acquire(build::<dyn AcquirePolicy, F>))
    }

    /// A release policy as a plugin.
    pub const fn release<F: Factory<dyn ReleasePolicy>>() -> Plugin {
        Plugin::of::<dyn ReleasePolicy, F>(Builder::Release(build::<dyn ReleasePolicy, F>))
    }

    /// An evict policy as a plugin.
    pub const fn evict<F: Factory<dyn EvictPolicy>>() -> Plugin {
        Plugin::of::<dyn EvictPolicy, F>(Builder::Evict(build::<dyn EvictPolicy, F>))
    }

    /// A balance policy as a plugin.
    pub const fn balance<F: Factory<dyn BalancePolicy>>() -> Plugin {
        Plugin::of::<dyn BalancePolicy, F>(Builder::Balance(build::<dyn BalancePolicy, F>))
    }

    /// A health policy as a plugin.
    pub const fn health<F: Factory<dyn HealthPolicy>>() -> Plugin {
        Plugin::of::<dyn HealthPolicy, F>(Builder::Health(build::<dyn HealthPolicy, F>))
    }

    /// A queue policy as a plugin.
    pub const fn queue<F: Factory<dyn QueuePolicy>>() -> Plugin {
        Plugin::of::<dyn QueuePolicy, F>(Builder::Queue(build::<dyn QueuePolicy, F>))
    }

    const fn of<P: ?Sized, F: Factory<P>>(builder: Builder) -> Plugin {
        Plugin {
            kind: F::KIND,
            summary: F::SUMMARY,
            example: F::EXAMPLE,
            krate: F::CRATE,
            version: F::VERSION,
            stability: F::STABILITY,
            reasons: F::REASONS,
            builder,
            schema: |generator| generator.subschema_for::<F::Options>(),
            normalize: normalize::<F::Options>,
            relative_to: |options, base| written(&F::relative_to(parse(options)?, base)),
        }
    }

    /// The role of the policy.
    pub const fn role(&self) -> Role {
        match self.builder {
            Builder::Acquire(_) => Role::Acquire,
            Builder::Release(_) => Role::Release,
            Builder::Evict(_) => Role::Evict,
            Builder::Balance(_) => Role::Balance,
            Builder::Health(_) => Role::Health,
            Builder::Queue(_) => Role::Queue,
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

    /// The options with relative paths meant from `base`, for [`Plugin::builder`], by which they are meant from the
    /// working directory.
    ///
    /// # Errors
    /// If they do not parse; the path names the key.
    pub fn relative_to(&self, options: Value, base: &Path) -> Result<Value, OptionError> {
        (self.relative_to)(options, base)
    }
}

fn build<P: ?Sized, F: Factory<P>>(options: Value) -> Result<Box<P>, OptionError> {
    F::build(parse(options)?)
}

/// Options of this type with every default filled in.
pub(super) fn normalize<T: DeserializeOwned + Serialize>(options: Value) -> Result<Value, OptionError> {
    written(&parse::<T>(options)?)
}

fn written<T: Serialize>(options: &T) -> Result<Value, OptionError> {
    serde_json::to_value(options).map_err(|error| OptionError::new("", error.to_string()))
}

pub(super) fn parse<T: DeserializeOwned>(options: Value) -> Result<T, OptionError> {
    serde_path_to_error::deserialize(options).map_err(|error| {
        let path = error.path().iter().map(ToString::to_string).filter(|part| part != "?").collect();
        OptionError { path, message: error.into_inner().to_string() }
    })
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({} {} from {})", self.role().as_str(), self.kind, self.krate)
    }
}
