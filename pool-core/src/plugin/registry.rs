//! The plugins that an application has.

use std::collections::BTreeMap;
use std::fmt;

use super::Plugin;
use crate::Role;

/// The plugins that an application has: one sorted table for each role.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    plugins: BTreeMap<(Role, &'static str), Plugin>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Registry {
        Registry::default()
    }

    /// A registry of these plugins.
    ///
    /// # Errors
    /// If two of one role have the same kind.
    pub fn of(plugins: impl IntoIterator<Item = Plugin>) -> Result<Registry, RegistryError> {
        let mut registry = Registry::new();
        for plugin in plugins {
            registry.add(plugin)?;
        }
        Ok(registry)
    }

    /// Adds a plugin.
    ///
    /// # Errors
    /// If there is one of this role and kind already; nothing is changed then.
    pub fn add(&mut self, plugin: Plugin) -> Result<(), RegistryError> {
        let key = (plugin.role(), plugin.kind);
        if let Some(first) = self.plugins.get(&key) {
            return Err(RegistryError { role: key.0, kind: key.1, first: first.krate, second: plugin.krate });
        }
        self.plugins.insert(key, plugin);
        Ok(())
    }

    /// The plugin of this role and kind.
    pub fn find(&self, role: Role, kind: &str) -> Option<&Plugin> {
        self.of_role(role).find(|plugin| plugin.kind == kind)
    }

    /// The plugins of one role, by kind.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().filter(move |((r, _), _)| *r == role).map(|(_, plugin)| plugin)
    }

    /// All plugins, by role and kind.
    pub fn iter(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.values()
    }
}

/// Two plugins of one role have the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryError {
    role: Role,
    kind: &'static str,
    first: &'static str,
    second: &'static str,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "two {} policies are called `{}`: one from the crate {}, one from {}; leave one out or rename it",
            self.role.as_str(),
            self.kind,
            self.first,
            self.second
        )
    }
}

impl std::error::Error for RegistryError {}
