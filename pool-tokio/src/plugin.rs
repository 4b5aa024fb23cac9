//! Connectors under a kind, with typed options, that a configuration file can name.

mod vetted;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use pool_core::{Connector, Discovery, Endpoint, OptionError, Stability};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::vetted::Vetted;
use crate::error::in_set;
use crate::{AnyPool, BuildError, PoolParts};

/// How a connector is made from its options.
pub trait ConnectorFactory {
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
    /// Its options, without `kind`: keys in snake_case, every one with a default or required,
    /// unknown ones refused (`#[serde(deny_unknown_fields)]`).
    type Options: DeserializeOwned + Serialize + JsonSchema;
    /// What is made.
    type Connector: Connector;

    /// Makes the connector. Nothing is dialed.
    ///
    /// # Errors
    /// If the options parse and make no sense all the same; the path names the key.
    fn build(options: Self::Options) -> Result<Self::Connector, OptionError>;

    /// The options with relative paths meant from `base`, the directory of the configuration file.
    /// Default: as they are, for options without paths.
    fn relative_to(options: Self::Options, base: &Path) -> Self::Options {
        let _ = base;
        options
    }

    /// Looks at an endpoint: is its address of the connector's form? Default: it is.
    ///
    /// # Errors
    /// If it is not; the path names the endpoint's key, mostly `address`.
    fn check_endpoint(options: &Self::Options, endpoint: &Endpoint) -> Result<(), OptionError> {
        let _ = (options, endpoint);
        Ok(())
    }
}

/// A pool of a connector that is not known any more, or why there is none.
type Built = Result<Arc<dyn AnyPool>, BuildError>;

/// A connector under a kind, as a plain value.
#[derive(Clone, Copy)]
pub struct ConnectorPlugin {
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
    normalize: fn(Value, &Path) -> Result<Value, OptionError>,
    check_endpoint: fn(Value, &Endpoint) -> Result<(), OptionError>,
    build: fn(Value, &Path, PoolParts) -> Built,
}

impl ConnectorPlugin {
    /// A connector as a plugin.
    pub const fn of<F: ConnectorFactory>() -> ConnectorPlugin {
        ConnectorPlugin {
            kind: F::KIND,
            summary: F::SUMMARY,
            example: F::EXAMPLE,
            krate: F::CRATE,
            version: F::VERSION,
            stability: F::STABILITY,
            schema: |generator| generator.subschema_for::<F::Options>(),
            normalize: normalize::<F>,
            check_endpoint: check_endpoint::<F>,
            build: build::<F>,
        }
    }

    /// The JSON Schema of its options, without `kind`.
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// The options with every default filled in; that a connector can be made from them is tried.
    /// Relative paths in them are meant from the working directory.
    ///
    /// # Errors
    /// If they do not parse or make no sense; the path names the key.
    pub fn normalize(&self, options: Value) -> Result<Value, OptionError> {
        self.normalize_in(Path::new(""), options)
    }

    /// The same with relative paths meant from `base`; they stay as they are written.
    ///
    /// # Errors
    /// As for [`ConnectorPlugin::normalize`].
    pub fn normalize_in(&self, base: &Path, options: Value) -> Result<Value, OptionError> {
        (self.normalize)(options, base)
    }

    /// Looks at an endpoint.
    ///
    /// # Errors
    /// If its address is not of the connector's form, or the options do not parse.
    pub fn check_endpoint(&self, options: Value, endpoint: &Endpoint) -> Result<(), OptionError> {
        (self.check_endpoint)(options, endpoint)
    }

    /// Everything for which a pool refuses a set of endpoints from discovery: names given twice,
    /// addresses that are none or not of the connector's form, weights that are all 0.
    pub fn mistakes_in(&self, options: &Value, endpoints: &[Endpoint]) -> Vec<OptionError> {
        let mut found = in_set(endpoints);
        found.extend(vetted::addresses(options, self.check_endpoint, endpoints));
        found
    }

    /// A pool with this connector. [`AnyPool`]'s `downcast` gives its handle of the right type.
    /// Relative paths in the options are meant from the working directory.
    ///
    /// # Errors
    /// If anything makes no sense: every mistake at once, those of the connector's options under
    /// `connector`; nothing is started.
    pub fn build(&self, options: Value, parts: PoolParts) -> Result<Arc<dyn AnyPool>, BuildError> {
        self.build_in(Path::new(""), options, parts)
    }

    /// The same with relative paths meant from `base`.
    ///
    /// # Errors
    /// As for [`ConnectorPlugin::build`].
    pub fn build_in(&self, base: &Path, options: Value, parts: PoolParts) -> Result<Arc<dyn AnyPool>, BuildError> {
        (self.build)(options, base, parts)
    }
}

fn build<F: ConnectorFactory>(options: Value, base: &Path, mut parts: PoolParts) -> Built {
    parts.discovery = parts.discovery.map(|source| {
        let vetted = Vetted { source, options: options.clone(), check: check_endpoint::<F> };
        Box::new(vetted) as Box<dyn Discovery>
    });
    let made = parse(options).and_then(|options| F::build(F::relative_to(options, base)));
    let checked = parts.check();
    match (made, checked) {
        (Ok(connector), Ok(())) => Ok(Arc::new(parts.build(connector)?)),
        (Ok(_), Err(mistakes)) => Err(mistakes),
        (Err(mut error), checked) => {
            error.path.insert(0, "connector".to_owned());
            let mut found = vec![error];
            found.extend(checked.err().into_iter().flat_map(|mistakes| mistakes.found));
            Err(BuildError { pool: Arc::from(parts.name), found })
        }
    }
}

fn normalize<F: ConnectorFactory>(options: Value, base: &Path) -> Result<Value, OptionError> {
    let options: F::Options = parse(options)?;
    let normal = serde_json::to_value(&options).map_err(|error| OptionError::new("", error.to_string()))?;
    F::build(F::relative_to(options, base))?;
    Ok(normal)
}

fn check_endpoint<F: ConnectorFactory>(options: Value, endpoint: &Endpoint) -> Result<(), OptionError> {
    F::check_endpoint(&parse::<F::Options>(options)?, endpoint)
}

fn parse<T: DeserializeOwned>(options: Value) -> Result<T, OptionError> {
    serde_path_to_error::deserialize(options).map_err(|error| {
        let path: Vec<String> = error.path().iter().map(ToString::to_string).filter(|part| part != "?").collect();
        let mut mistake = OptionError::new("", error.into_inner().to_string());
        mistake.path = path;
        mistake
    })
}

impl fmt::Debug for ConnectorPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectorPlugin({} from {})", self.kind, self.krate)
    }
}

/// The connectors that an application has, by kind.
#[derive(Debug, Clone, Default)]
pub struct Connectors {
    plugins: BTreeMap<&'static str, ConnectorPlugin>,
}

impl Connectors {
    /// None.
    pub fn new() -> Connectors {
        Connectors::default()
    }

    /// Adds a connector.
    ///
    /// # Errors
    /// If there is one of this kind already; nothing is changed then.
    pub fn add(&mut self, plugin: ConnectorPlugin) -> Result<(), ConnectorClash> {
        if let Some(first) = self.plugins.get(plugin.kind) {
            return Err(ConnectorClash { kind: plugin.kind, first: first.krate, second: plugin.krate });
        }
        self.plugins.insert(plugin.kind, plugin);
        Ok(())
    }

    /// The connector of this kind.
    pub fn find(&self, kind: &str) -> Option<&ConnectorPlugin> {
        self.plugins.get(kind)
    }

    /// All connectors, by kind.
    pub fn iter(&self) -> impl Iterator<Item = &ConnectorPlugin> {
        self.plugins.values()
    }
}

/// Two connectors have the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorClash {
    kind: &'static str,
    first: &'static str,
    second: &'static str,
}

impl fmt::Display for ConnectorClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "two connectors are called `{}`: one from the crate {}, one from {}; leave one out or rename it",
            self.kind, self.first, self.second
        )
    }
}

impl std::error::Error for ConnectorClash {}
