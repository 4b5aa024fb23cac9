//! Sources of endpoints under a kind, with typed options, that a configuration file can name.

use std::collections::BTreeMap;
use std::fmt;

pub use pool_core::{DiscoveryFactory, DiscoveryPlugin};

/// The sources of endpoints that an application has, by kind.
#[derive(Debug, Clone, Default)]
pub struct Discoveries {
    plugins: BTreeMap<&'static str, DiscoveryPlugin>,
}

impl Discoveries {
    /// None.
    pub fn new() -> Discoveries {
        Discoveries::default()
    }

    /// Adds a source.
    ///
    /// # Errors
    /// If there is one of this kind already; nothing is changed then.
    pub fn add(&mut self, plugin: DiscoveryPlugin) -> Result<(), DiscoveryClash> {
        if let Some(first) = self.plugins.get(plugin.kind) {
            return Err(DiscoveryClash { kind: plugin.kind, first: first.krate, second: plugin.krate });
        }
        self.plugins.insert(plugin.kind, plugin);
        Ok(())
    }

    /// The source of this kind.
    pub fn find(&self, kind: &str) -> Option<&DiscoveryPlugin> {
        self.plugins.get(kind)
    }

    /// All sources, by kind.
    pub fn iter(&self) -> impl Iterator<Item = &DiscoveryPlugin> {
        self.plugins.values()
    }
}

/// Two sources of endpoints have the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveryClash {
    kind: &'static str,
    first: &'static str,
    second: &'static str,
}

impl fmt::Display for DiscoveryClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "two sources of endpoints are called `{}`: one from the crate {}, one from {}; leave one out or rename it",
            self.kind, self.first, self.second
        )
    }
}

impl std::error::Error for DiscoveryClash {}
