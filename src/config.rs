//! Configuration: from files, environment and code to pools that make sense.
//!
//! Layers lie upon each other: what we think best, then the preset that a pool names (see
//! [`presets`](crate::presets)), then the file, then environment variables
//! (`CLEARPOOL_POOLS__ORDERS__LIMITS__MAX_OPEN=64`), then what the program sets. A configuration
//! is taken as a whole or not at all, and all that is wrong with it is told at once.
//!
//! A pool that names no policy gets: `acquire` lifo, `release` keep, `balance` smooth-weighted
//! (which goes round in turn where all weights are the same), and `evict` by ttl and by
//! idle-timeout.

mod again;
mod diagnostic;
mod document;
mod env;
mod explain;
mod layers;
mod loader;
mod other_names;
mod pool;
mod preset;
mod ranges;
mod report;
mod schema;
mod section;
mod tree;
mod typed;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

pub(crate) use again::ReadFrom;
pub use diagnostic::{Diagnostic, Place, Severity};
pub(crate) use document::{Data, Document, Spot};
pub use explain::ConfigLine;
pub(crate) use layers::is_secret;
pub use loader::Loader;
pub use pool::{Chosen, PoolConfig, Source};
pub(crate) use preset::parts as preset_parts;
pub use schema::schema;
pub(crate) use section::meant_preset;
pub(crate) use tree::describe;
pub(crate) use words::{allowed, meant, nearest};

use crate::App;
use crate::telemetry::TelemetryOptions;
use tree::{Aim, Tree};

/// A configuration that makes sense.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where spans and metrics go.
    pub telemetry: TelemetryOptions,
    /// The pools, by name.
    pub pools: BTreeMap<String, PoolConfig>,
    /// What is allowed and odd.
    pub warnings: Vec<Diagnostic>,
    tree: Tree,
}

impl Config {
    /// Reads a file and the environment of this process, with the plugins that come with Clearpool.
    ///
    /// ```no_run
    /// let config = clearpool::Config::from_file("pool.toml")?;
    /// println!("{} pools", config.pools.len());
    /// # Ok::<(), clearpool::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, or anything in it or in the environment is wrong.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Config, ConfigError> {
        Loader::new(&App::new()).file(path).process_env().load()
    }

    /// Where a value comes from, given as `pools.orders.limits.max_open`.
    pub fn origin(&self, path: &str) -> Place {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.origin_of(&path)
    }

    /// Where a mistake with the value at this path is shown.
    pub(crate) fn place(&self, path: &[String]) -> Place {
        self.tree.place(path, Aim::Value)
    }

    fn origin_of(&self, path: &[String]) -> Place {
        if let Some(place) = self.tree.place_of_existing(path, Aim::Value) {
            return place;
        }
        // `endpoints = ["a:1"]` is the short form of a table with this address.
        match path.split_last() {
            Some((last, above))
                if last == "address" && self.tree.find(above).is_some_and(|node| node.text().is_some()) =>
            {
                self.tree.place_of_existing(above, Aim::Value).unwrap_or(Place::Default)
            }
            _ => Place::Default,
        }
    }
}

/// A configuration that is refused: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// At least one error, and the warnings besides, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl ConfigError {
    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }
}

/// All of them as compilers print them, and how many there are.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(f, "{diagnostic}\n")?;
        }
        match self.errors() {
            1 => f.write_str("1 mistake: nothing was started"),
            errors => write!(f, "{errors} mistakes: nothing was started"),
        }
    }
}

impl std::error::Error for ConfigError {}
