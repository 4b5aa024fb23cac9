//! The pools that are watched.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use parking_lot::Mutex;
use pool_core::catalog::Reading;
use pool_core::{Census, Holding, PoolOptions, Snapshot, Waiting};
use pool_tokio::AnyPool;

use super::clock;
use super::configs::{Configs, Standing};
use crate::config::ConfigLine;

/// Something that has a snapshot: a pool, seen from the outside.
pub trait SnapshotSource: Send + Sync {
    /// What it is called: the attribute `pool` of its metrics.
    fn name(&self) -> &str;

    /// What it looks like now; `None` if it is gone, and it is not asked again.
    fn snapshot(&self) -> Option<Snapshot>;

    /// Who holds what now. Default: nothing is known of that.
    fn leases(&self) -> Vec<Holding> {
        Vec::new()
    }

    /// Who waits now, the longest first. Default: nothing is known of that.
    fn waiting(&self) -> Vec<Waiting> {
        Vec::new()
    }

    /// What it looks like and who is in it, at the same moment. Default: the three one after another, which
    /// need not agree where much happens.
    fn census(&self) -> Option<Census> {
        Some(Census::new(self.snapshot()?, self.leases(), self.waiting()))
    }

    /// The options in force. Default: they are not known.
    fn options(&self) -> Option<PoolOptions> {
        None
    }

    /// What it is configured as, line by line. Default: that is not known.
    fn config(&self) -> Vec<ConfigLine> {
        Vec::new()
    }
}

/// The pools that are watched. Cheap to clone; all clones are the same.
///
/// It holds sources, and a source should hold its pool weakly, so that watching keeps no pool alive.
#[derive(Clone, Default)]
pub struct Hub {
    watched: Arc<Mutex<Vec<Watched>>>,
    /// What the telemetry itself is configured as, if it is known.
    own: Arc<Mutex<Vec<ConfigLine>>>,
    /// How the configurations stand that pools were made from.
    configs: Arc<Configs>,
    /// Whether exporters tell of pools by the names of conventions, too.
    conventional: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Watched {
    name: Arc<str>,
    source: Arc<dyn SnapshotSource>,
    started: SystemTime,
}

/// One pool as exporters see it.
#[derive(Debug, Clone)]
pub(crate) struct PoolReading {
    pub(crate) reading: Reading,
    /// When the pool was built, by the wall clock; the same in all readings of a pool.
    pub(crate) started: SystemTime,
}

/// One pool as the page sees it: the numbers, and who they are, all of one moment.
pub(crate) struct PoolCensus {
    pub(crate) reading: PoolReading,
    pub(crate) leases: Vec<Holding>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) source: Arc<dyn SnapshotSource>,
}

impl Hub {
    /// A hub that watches nothing.
    pub fn new() -> Hub {
        Hub::default()
    }

    /// Watches a pool from now on, until it is gone.
    ///
    /// If another pool of this name is watched, this one is called `name#2`, since no two series
    /// may have the same name; that is told in the log. The name that it got is returned.
    pub fn watch(&self, source: Arc<dyn SnapshotSource>) -> Arc<str> {
        let Some(snapshot) = source.snapshot() else { return Arc::from(source.name()) };
        let started = clock::now().checked_sub(snapshot.uptime).unwrap_or(SystemTime::UNIX_EPOCH);
        // Whatever is gone gives its name back.
        drop(self.read());
        let mut watched = self.watched.lock();
        let name = free_name(source.name(), &watched);
        if *name != *source.name() {
            tracing::warn!(
                target: pool_core::catalog::SCOPE,
                "two pools are called `{}`; the metrics of the second are told as of `{name}`",
                source.name()
            );
        }
        watched.push(Watched { name: Arc::clone(&name), source, started });
        name
    }

    /// Watches a pool for as long as somebody else keeps this `Arc`.
    pub fn watch_pool(&self, pool: &Arc<dyn AnyPool>) -> Arc<str> {
        self.watch(Arc::new(Distant { pool: Arc::downgrade(pool), name: pool.name().to_owned(), config: None }))
    }

    /// The same, of a pool that has a configuration; what that says may change later.
    pub(crate) fn watch_configured(&self, pool: &Arc<dyn AnyPool>, config: &Arc<Mutex<Vec<ConfigLine>>>) -> Arc<str> {
        let (name, config) = (pool.name().to_owned(), Some(Arc::clone(config)));
        self.watch(Arc::new(Distant { pool: Arc::downgrade(pool), name, config }))
    }

    /// From now on, exporters tell of pools by the names of their protocols' conventions, too.
    pub(crate) fn follow_conventions(&self) {
        self.conventional.store(true, Relaxed);
    }

    /// A configuration that pools are made from, until what is returned is dropped.
    pub(crate) fn begin_config(&self) -> Standing {
        self.configs.begin()
    }

    /// How the configurations stand.
    pub(crate) fn configs(&self) -> Arc<Configs> {
        Arc::clone(&self.configs)
    }

    /// What the telemetry itself is configured as, for whoever looks at a pool.
    pub(crate) fn explain(&self, config: Vec<ConfigLine>) {
        *self.own.lock() = config;
    }

    /// What [`Hub::explain`] was told; nothing if it was not.
    pub(crate) fn own_config(&self) -> Vec<ConfigLine> {
        self.own.lock().clone()
    }

    /// The names of the pools that are watched.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.watched.lock().iter().map(|watched| Arc::clone(&watched.name)).collect()
    }

    /// Every pool as it is now; those that are gone are forgotten. Snapshots are taken without the
    /// hub's lock.
    pub(crate) fn read(&self) -> Vec<PoolReading> {
        let conventional = self.conventional.load(Relaxed);
        self.each(|watched| {
            let PoolReading { reading, started } = watched.reading(watched.source.snapshot()?);
            Some(PoolReading { reading: if conventional { reading.by_conventions() } else { reading }, started })
        })
    }

    /// The same, each with everybody in it.
    pub(crate) fn count(&self) -> Vec<PoolCensus> {
        self.each(|watched| {
            let Census { snapshot, leases, waiting, .. } = watched.source.census()?;
            Some(PoolCensus {
                reading: watched.reading(snapshot),
                leases,
                waiting,
                source: Arc::clone(&watched.source),
            })
        })
    }

    fn each<T>(&self, look: impl Fn(&Watched) -> Option<T>) -> Vec<T> {
        let watched = self.watched.lock().clone();
        let mut seen = Vec::with_capacity(watched.len());
        for watched in watched {
            match look(&watched) {
                Some(one) => seen.push(one),
                None => self.forget(&watched.source),
            }
        }
        seen
    }

    /// The pool that is watched under this name.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<dyn SnapshotSource>> {
        let watched = self.watched.lock();
        watched.iter().find(|watched| *watched.name == *name).map(|watched| Arc::clone(&watched.source))
    }

    fn forget(&self, gone: &Arc<dyn SnapshotSource>) {
        self.watched.lock().retain(|watched| !Arc::ptr_eq(&watched.source, gone));
    }
}

impl Watched {
    fn reading(&self, snapshot: Snapshot) -> PoolReading {
        PoolReading { reading: Reading::new(Arc::clone(&self.name), snapshot), started: self.started }
    }
}

/// A pool that is watched and not kept.
struct Distant {
    pool: Weak<dyn AnyPool>,
    name: String,
    config: Option<Arc<Mutex<Vec<ConfigLine>>>>,
}

impl SnapshotSource for Distant {
    fn name(&self) -> &str {
        &self.name
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.pool.upgrade().map(|pool| pool.snapshot())
    }

    fn census(&self) -> Option<Census> {
        self.pool.upgrade().map(|pool| pool.census())
    }

    fn leases(&self) -> Vec<Holding> {
        self.pool.upgrade().map(|pool| pool.leases()).unwrap_or_default()
    }

    fn waiting(&self) -> Vec<Waiting> {
        self.pool.upgrade().map(|pool| pool.waiting()).unwrap_or_default()
    }

    fn options(&self) -> Option<PoolOptions> {
        self.pool.upgrade().map(|pool| pool.options())
    }

    fn config(&self) -> Vec<ConfigLine> {
        self.config.as_ref().map(|config| config.lock().clone()).unwrap_or_default()
    }
}

fn free_name(name: &str, watched: &[Watched]) -> Arc<str> {
    let taken = |name: &str| watched.iter().any(|watched| *watched.name == *name);
    if !taken(name) {
        return Arc::from(name);
    }
    let numbered = (2..).map(|number| format!("{name}#{number}"));
    numbered.into_iter().find(|name| !taken(name)).map_or_else(|| Arc::from(name), Arc::from)
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Hub").field(&self.names()).finish()
    }
}
