//! How well-known pools behave, as configurations.
//!
//! A preset is a small TOML file of what is different from our defaults; it lies between these and
//! the configuration file, so that each of its keys can be given another value there, in the
//! environment and in code. It is nothing but values: no code looks at its name.
//!
//! ```
//! use clearpool::{App, Loader, presets};
//!
//! let text = r#"
//!     [pools.cache]
//!     preset = "redigo"
//!     connector = { kind = "tcp" }
//!     endpoints = ["127.0.0.1:6379"]
//!     limits = { max_idle = 3 }
//! "#;
//! let config = Loader::new(&App::new()).text("pool.toml", text).load()?;
//! assert_eq!(config.pools["cache"].options.limits.max_idle, Some(3));
//! assert_eq!(config.origin("pools.cache.limits.max_open").to_string().split(':').next(), Some("preset redigo"));
//!
//! let redigo = presets::get("redigo").expect("one of ours");
//! assert!(redigo.toml().contains("max_idle = 0"));
//! # Ok::<(), clearpool::ConfigError>(())
//! ```

#[cfg(all(test, feature = "yaml"))]
mod held;

use pool_core::{Policies, PoolOptions};

use crate::App;
use crate::config::{self, ConfigError};

/// How a well-known pool behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    name: &'static str,
    toml: &'static str,
}

macro_rules! presets {
    ($($name:literal)*) => {
        &[$(Preset { name: $name, toml: include_str!(concat!("presets/", $name, ".toml")) }),*]
    };
}

/// Sorted as they are listed: ours, then by language and age.
const ALL: &[Preset] = presets! {
    "default"
    "channel"
    "redigo"
    "go-redis-v7"
    "go-redis-v9"
    "database-sql"
    "database-sql-legacy"
    "net-http"
    "go-micro-grpc"
    "consul-grpc"
    "hikari"
    "puddle"
    "nginx-keepalive"
};

/// All presets, as `clearpool list` shows them.
pub fn all() -> &'static [Preset] {
    ALL
}

/// The preset of this name, if there is one.
pub fn get(name: &str) -> Option<&'static Preset> {
    ALL.iter().find(|preset| preset.name == name)
}

impl Preset {
    /// The name that a configuration writes: `preset = "redigo"`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is, in a line.
    pub fn summary(&self) -> &'static str {
        self.toml.lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// Its file: what it says, and why. The keys are those of a `[pools.NAME]` table.
    pub fn toml(&self) -> &'static str {
        self.toml
    }

    /// What it says over the defaults of an application, for a pool that is built in code:
    /// [`PoolBuilder::options`](crate::PoolBuilder::options) and
    /// [`PoolBuilder::policies`](crate::PoolBuilder::policies).
    ///
    /// ```
    /// let redigo = clearpool::presets::get("redigo").expect("one of ours");
    /// let (mut options, policies) = redigo.parts(&clearpool::App::new())?;
    /// options.limits.max_idle = Some(3);
    /// # drop(policies);
    /// # Ok::<(), clearpool::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If the application lacks a policy that the preset names.
    pub fn parts(&self, app: &App) -> Result<(PoolOptions, Policies), ConfigError> {
        config::preset_parts(app, self)
    }
}
