//! What one pool is configured as, and how it differs from what it was.

use std::fmt;
use std::path::{Path, PathBuf};

use pool_core::{
    AcquirePolicy, BalancePolicy, Builder, Change, Discovery, Endpoint, EvictPolicy, HealthPolicy, Named, OptionError,
    Plugin, Policies, PoolOptions, QueuePolicy, Registry, ReleasePolicy, Role,
};
use serde_json::Value;

use super::layers::is_secret;
use crate::discovery::Discoveries;

/// What one pool is configured as. Every default is filled in, and all of it makes sense.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PoolConfig {
    /// The preset that lies below what is given, by its name. Its values are in all the others here.
    pub preset: Option<String>,
    /// Limits, waiting, dialling, upkeep, leases.
    pub options: PoolOptions,
    /// Where connections lead.
    pub source: Source,
    /// How a connection is made.
    pub connector: Chosen,
    /// Which idle connection is handed out.
    pub acquire: Chosen,
    /// What becomes of a returned one.
    pub release: Chosen,
    /// Which endpoint serves.
    pub balance: Chosen,
    /// Which idle connections go: several compose.
    pub evict: Vec<Chosen>,
    /// Which endpoints rest; `None`: none does.
    pub health: Option<Chosen>,
    /// Who of those who wait is next; `None`: by `wait.order`.
    pub queue: Option<Chosen>,
    pub(crate) base: PathBuf,
}

/// Where the connections of a pool lead.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// To these endpoints.
    Endpoints(Vec<Endpoint>),
    /// To those that a source names, of this kind and with these options.
    Discovery(Chosen),
}

/// A plugin and its options.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The plugin's kind.
    pub kind: String,
    /// Its options with every default filled in, without `kind`.
    pub options: Value,
}

impl PoolConfig {
    /// The policies, newly made.
    ///
    /// # Errors
    /// If the registry is another than that which the configuration was read with, and lacks one.
    pub fn policies(&self, registry: &Registry) -> Result<Policies, OptionError> {
        let PoolConfig { acquire, release, balance, evict, health, queue, .. } = self;
        Kinds { acquire, release, balance, evict, health: health.as_ref(), queue: queue.as_ref() }
            .made(registry, &self.base)
    }

    /// What has changed since `old`, for a live pool: a policy that has not keeps its state.
    ///
    /// Another connector or other endpoints are no part of a [`Change`]: compare [`PoolConfig::connector`] and
    /// [`PoolConfig::source`].
    ///
    /// # Errors
    /// As [`PoolConfig::policies`].
    pub fn change_from(&self, old: &PoolConfig, registry: &Registry) -> Result<Change, OptionError> {
        let mut change = Change::default();
        if self.options != old.options {
            change.options = Some(self.options.clone());
        }
        if self.acquire != old.acquire {
            change.acquire = Some(self.acquire.acquire(registry, &self.base)?);
        }
        if self.release != old.release {
            change.release = Some(self.release.release(registry, &self.base)?);
        }
        if self.evict != old.evict {
            change.evict = Some(self.evict_after(&old.evict, registry)?);
        }
        if self.balance != old.balance {
            change.balance = Some(self.balance.balance(registry, &self.base)?);
        }
        if self.health != old.health {
            change.health = Some(self.health.as_ref().map(|chosen| chosen.health(registry, &self.base)).transpose()?);
        }
        if self.queue != old.queue {
            change.queue = Some(self.queue.as_ref().map(|chosen| chosen.queue(registry, &self.base)).transpose()?);
        }
        Ok(change)
    }

    /// The evict policies, those that are as before with word of where they were.
    fn evict_after(&self, old: &[Chosen], registry: &Registry) -> Result<Vec<Named<dyn EvictPolicy>>, OptionError> {
        let mut places: Vec<Option<&Chosen>> = old.iter().map(Some).collect();
        let policy = |chosen: &Chosen| {
            let policy = chosen.evict(registry, &self.base)?;
            let place = places.iter().position(|old| *old == Some(chosen));
            Ok(match place {
                Some(place) => {
                    places[place] = None;
                    policy.or_the_old_at(place)
                }
                None => policy,
            })
        };
        self.evict.iter().map(policy).collect()
    }

    /// The source of endpoints, newly made; `None` if they are listed in [`PoolConfig::source`].
    ///
    /// # Errors
    /// If `discoveries` are others than those which the configuration was read with.
    pub fn discovery(&self, discoveries: &Discoveries) -> Option<Result<Box<dyn Discovery>, OptionError>> {
        let Source::Discovery(chosen) = &self.source else { return None };
        Some(match discoveries.find(&chosen.kind) {
            Some(plugin) => plugin.build(chosen.options.clone(), &self.base),
            None => Err(OptionError::new(
                "discovery.kind",
                format!("there is no source of endpoints called `{}`", chosen.kind),
            )),
        })
    }

    /// The directory that relative paths of this pool are meant from: that of the file.
    pub fn base(&self) -> &Path {
        &self.base
    }
}

/// The policies of a pool, by their kinds.
pub(super) struct Kinds<'a> {
    pub(super) acquire: &'a Chosen,
    pub(super) release: &'a Chosen,
    pub(super) balance: &'a Chosen,
    pub(super) evict: &'a [Chosen],
    pub(super) health: Option<&'a Chosen>,
    pub(super) queue: Option<&'a Chosen>,
}

impl Kinds<'_> {
    /// The policies, newly made. Relative paths are meant from `base`.
    pub(super) fn made(&self, registry: &Registry, base: &Path) -> Result<Policies, OptionError> {
        Ok(Policies {
            acquire: self.acquire.acquire(registry, base)?,
            release: self.release.release(registry, base)?,
            evict: self.evict.iter().map(|chosen| chosen.evict(registry, base)).collect::<Result<_, _>>()?,
            balance: self.balance.balance(registry, base)?,
            health: self.health.map(|chosen| chosen.health(registry, base)).transpose()?,
            queue: self.queue.map(|chosen| chosen.queue(registry, base)).transpose()?,
        })
    }
}

/// The kind, and the options that it has: `ttl { max_age = "30m" }`. Whose key looks like that of a secret is `***`.
impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        let options = self.options.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let told: Vec<String> =
            options.map(|(key, value)| format!("{key} = {}", without_secrets(key, value))).collect();
        if told.is_empty() { Ok(()) } else { write!(f, " {{ {} }}", told.join(", ")) }
    }
}

fn without_secrets(key: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if is_secret(key) => "***".into(),
        Value::Object(table) => table.iter().map(|(key, value)| (key.clone(), without_secrets(key, value))).collect(),
        Value::Array(items) => items.iter().map(|item| without_secrets(key, item)).collect(),
        plain => plain.clone(),
    }
}

macro_rules! makers {
    ($($name:ident, $role:ident, $policy:ident;)*) => {
        $(fn $name(&self, registry: &Registry, base: &Path) -> Result<Named<dyn $policy>, OptionError> {
            let plugin = self.plugin(registry, Role::$role)?;
            let options = plugin.relative_to(self.options.clone(), base)?;
            match plugin.builder {
                Builder::$role(build) => Ok(Named::new(plugin.kind, build(options)?)),
                _ => Err(self.missing(Role::$role)),
            }
        })*
    };
}

impl Chosen {
    makers! {
        acquire, Acquire, AcquirePolicy;
        release, Release, ReleasePolicy;
        evict, Evict, EvictPolicy;
        balance, Balance, BalancePolicy;
        health, Health, HealthPolicy;
        queue, Queue, QueuePolicy;
    }

    fn plugin<'r>(&self, registry: &'r Registry, role: Role) -> Result<&'r Plugin, OptionError> {
        registry.find(role, &self.kind).ok_or_else(|| self.missing(role))
    }

    fn missing(&self, role: Role) -> OptionError {
        OptionError::new(
            &format!("{}.kind", role.as_str()),
            format!("there is no {} policy called `{}`", role.as_str(), self.kind),
        )
    }
}
