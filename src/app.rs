//! What an application has to offer its configuration: plugins, and which of them are taken where
//! the configuration names none.

use pool_core::{Plugin, Registry, Role};
use pool_tokio::{ConnectorPlugin, Connectors};

use crate::discovery::{Discoveries, DiscoveryPlugin};
use crate::plugins;

/// The plugins of an application. [`App::new`] has ours; add your own to them.
///
/// ```no_run
/// # mod my_policy { pub const PLUGIN: pool_core::Plugin = pool_acquire_lifo::PLUGIN; }
/// fn main() -> std::process::ExitCode {
///     let app = clearpool::App::new().policy(my_policy::PLUGIN);
///     clearpool::cli::run(&app, std::env::args_os())
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct App {
    /// The policies.
    pub policies: Registry,
    /// The connectors.
    pub connectors: Connectors,
    /// The sources of endpoints.
    pub discoveries: Discoveries,
    /// The policies of a pool that names none.
    pub defaults: DefaultKinds,
}

/// The kinds of the policies of a pool that names none, and what a pool without a connector is advised to try.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DefaultKinds {
    /// How connections are made: there is no default, and this is the example.
    pub connector: &'static str,
    /// Which idle connection is handed out.
    pub acquire: &'static str,
    /// What becomes of a returned one.
    pub release: &'static str,
    /// Which endpoint serves.
    pub balance: &'static str,
    /// Which idle connections go.
    pub evict: Vec<&'static str>,
}

impl Default for DefaultKinds {
    fn default() -> DefaultKinds {
        plugins::default_kinds()
    }
}

impl App {
    /// An application with the plugins that come with Clearpool, less those that cargo features leave out.
    pub fn new() -> App {
        plugins::add_to(App::bare())
    }

    /// An application without plugins.
    pub fn bare() -> App {
        App::default()
    }

    /// Adds a policy.
    ///
    /// # Panics
    /// If there is one of this role and kind already; the message names both crates. Plugins are
    /// listed in code, so this is a fault of the program and not of its configuration.
    #[must_use]
    pub fn policy(mut self, plugin: Plugin) -> App {
        self.policies.add(plugin).unwrap_or_else(|clash| panic!("{clash}"));
        self
    }

    /// Adds a connector.
    ///
    /// # Panics
    /// If there is one of this kind already.
    #[must_use]
    pub fn connector(mut self, plugin: ConnectorPlugin) -> App {
        self.connectors.add(plugin).unwrap_or_else(|clash| panic!("{clash}"));
        self
    }

    /// Adds a source of endpoints.
    ///
    /// # Panics
    /// If there is one of this kind already.
    #[must_use]
    pub fn discovery(mut self, plugin: DiscoveryPlugin) -> App {
        self.discoveries.add(plugin).unwrap_or_else(|clash| panic!("{clash}"));
        self
    }

    /// The kinds of a role, sorted.
    pub(crate) fn kinds(&self, role: Role) -> Vec<&'static str> {
        self.policies.of_role(role).map(|plugin| plugin.kind).collect()
    }
}
