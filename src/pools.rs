//! The pools of a configuration, started together and changed together.

mod differences;
mod fixed;
mod follow;
mod origin;
mod plan;
mod reload;
mod steps;

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::{Connector, OptionError};
use pool_tokio::{AnyPool, DrainReport, Pool};

pub use self::follow::{Follower, Told};
pub use self::reload::ReloadError;

use self::origin::Origin;
use crate::config::ConfigLine;
use crate::telemetry::{Guard, Standing};
use crate::{App, Config, PoolConfig};

#[cfg(doctest)]
#[doc = include_str!("../docs/guides/reload.md")]
mod guide {}

/// The pools of a configuration. Cheap to clone; all clones are the same.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use clearpool::connector::TcpConnector;
///
/// let app = clearpool::App::new();
/// let config = clearpool::Config::from_file("pool.toml")?;
/// let telemetry = clearpool::telemetry::init(&config.telemetry)?;
/// let pools = clearpool::Pools::from_config(&app, &config, &telemetry)?;
/// let orders = pools.get::<TcpConnector>("orders")?;
/// let connection = orders.acquire().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Pools {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    hub: crate::telemetry::Hub,
    observer: Option<Arc<dyn pool_core::Observer>>,
    members: Mutex<BTreeMap<String, Member>>,
    origin: Mutex<Origin>,
    /// Whether the configuration that was last asked for is in force.
    standing: Standing,
}

#[derive(Clone)]
struct Member {
    pool: Arc<dyn AnyPool>,
    config: PoolConfig,
    /// The same with the origin of each value, for whoever looks at the pool.
    explained: Arc<Mutex<Vec<ConfigLine>>>,
}

impl Pools {
    /// Builds every pool of a configuration, and has the telemetry watch them. What is odd about
    /// the configuration is logged.
    ///
    /// # Errors
    /// If one cannot be built; then none is started. A configuration that was read with the same
    /// plugins is checked already.
    pub fn from_config(app: &App, config: &Config, telemetry: &Guard) -> Result<Pools, StartError> {
        let inner = Inner {
            app: app.clone(),
            hub: telemetry.hub().clone(),
            observer: telemetry.observer(),
            members: Mutex::default(),
            origin: Mutex::new(Origin::of(config)),
            standing: telemetry.hub().begin_config(),
        };
        let pools = Pools { inner: Arc::new(inner) };
        let mut built = BTreeMap::new();
        for (name, pool) in &config.pools {
            built.insert(name.clone(), pools.build(name, pool)?);
        }
        pools.inner.hub.explain(config.explain_telemetry());
        for (name, member) in &built {
            *member.explained.lock() = config.explain_pool(name);
            pools.watch(member);
        }
        *pools.inner.members.lock() = built;
        Ok(pools)
    }

    /// A handle to the pool of this name.
    ///
    /// # Errors
    /// If there is none, or it makes its connections with another connector.
    pub fn get<C: Connector>(&self, name: &str) -> Result<Pool<C>, WrongPool> {
        let members = self.inner.members.lock();
        let member = members
            .get(name)
            .ok_or_else(|| WrongPool::Unknown { name: name.to_owned(), known: members.keys().cloned().collect() })?;
        member.pool.downcast::<C>().ok_or_else(|| WrongPool::Connector {
            name: name.to_owned(),
            configured: member.config.connector.kind.clone(),
            wanted: type_name::<C>(),
        })
    }

    /// The pool of this name, whatever its connector.
    pub fn any(&self, name: &str) -> Option<Arc<dyn AnyPool>> {
        self.inner.members.lock().get(name).map(|member| Arc::clone(&member.pool))
    }

    /// The names of the pools, sorted.
    pub fn names(&self) -> Vec<String> {
        self.inner.members.lock().keys().cloned().collect()
    }

    /// No more leases from any pool; waits until all connections are closed, or the time is over.
    /// Each report names who still holds what.
    pub async fn drain(&self, within: Duration) -> BTreeMap<String, DrainReport> {
        let members: Vec<(String, Member)> = self.inner.members.lock().clone().into_iter().collect();
        // Longer than any clock goes: as long as it takes.
        let ends = tokio::time::Instant::now().checked_add(within);
        // All stop giving leases at once; each is then waited for until the same moment.
        members.iter().for_each(|(_, member)| member.pool.close());
        let mut reports = BTreeMap::new();
        for (name, member) in members {
            let left = ends.map_or(Duration::MAX, |ends| ends.saturating_duration_since(tokio::time::Instant::now()));
            reports.insert(name, member.pool.drain(left).await);
        }
        reports
    }

    fn watch(&self, member: &Member) {
        self.inner.hub.watch_configured(&member.pool, &member.explained);
    }
}

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pools").field(&self.names()).finish()
    }
}

/// A pool cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartError {
    /// The name of the pool.
    pub pool: String,
    /// Everything that is wrong with it.
    pub mistakes: Vec<OptionError>,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pool `{}` cannot be built", self.pool)?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "; {mistake}"))
    }
}

impl std::error::Error for StartError {}

/// There is no such pool, or it is of another connector.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrongPool {
    /// No pool has this name.
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// It makes its connections with another connector.
    Connector {
        /// The name.
        name: String,
        /// The kind of its connector.
        configured: String,
        /// The connector that was asked for.
        wanted: &'static str,
    },
}

impl fmt::Display for WrongPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WrongPool::Unknown { name, known } if known.is_empty() => {
                write!(f, "there is no pool called `{name}`: the configuration has none")
            }
            WrongPool::Unknown { name, known } => {
                write!(f, "there is no pool called `{name}`; the configuration has {}", known.join(", "))
            }
            WrongPool::Connector { name, configured, wanted } => {
                write!(f, "the pool `{name}` is configured with the connector `{configured}`, which is no {wanted}")
            }
        }
    }
}

impl std::error::Error for WrongPool {}
