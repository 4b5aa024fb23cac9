//! A pool, as the application holds it.

mod any;
mod builder;
mod drain;
mod upkeep;

pub use any::AnyPool;
pub use builder::{PoolBuilder, PoolParts};
pub use drain::DrainReport;
pub use upkeep::ConnFacts;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pool_core::{
    Census, Change, Connector, Endpoint, Holding, PoolOptions, Protocol, Snapshot, Stat, StatsError, Waiting,
};

use crate::acquire::{AcquireFuture, AcquireOptions};
use crate::calm::calm;
use crate::error::{AcquireError, Mistakes, Told, in_endpoints};
use crate::lease::Lease;
use crate::shared::Shared;

/// A pool of connections. Clones are handles to the same pool; the last one that is dropped closes
/// it. Leases that are out then stay whole; their connections are closed when they come back.
///
/// May be kept in a `static` and used from several runtimes. The pool's own work runs on the
/// runtime where it was built, or of the first caller that had to wait; when that one is shut down,
/// the next caller that waits takes the work to its own. A runtime that is alive must be running for
/// that: on one that nobody blocks on, the pool's work and its time-outs stand still.
pub struct Pool<C: Connector> {
    pub(crate) shared: Arc<Shared<C>>,
}

impl<C: Connector> Pool<C> {
    /// A pool that makes its connections with this connector.
    pub fn builder(connector: C) -> PoolBuilder<C> {
        PoolBuilder::new(connector)
    }

    /// A connection, for as long as the lease is kept.
    ///
    /// # Errors
    /// If there is none within `wait.timeout`, or none can be had at all: see [`AcquireError`].
    #[track_caller]
    #[inline]
    pub fn acquire(&self) -> AcquireFuture<'_, C> {
        AcquireFuture::new(&self.shared, AcquireOptions::default(), Location::caller())
    }

    /// As [`Pool::acquire`], with a time-out, an endpoint or a key of its own.
    ///
    /// # Errors
    /// As for [`Pool::acquire`].
    #[track_caller]
    pub fn acquire_with(&self, options: AcquireOptions<'_>) -> AcquireFuture<'_, C> {
        AcquireFuture::new(&self.shared, options, Location::caller())
    }

    /// A connection if one is ready; nobody waits. If none is, a dial begins in the background, so
    /// that a later call may find one.
    ///
    /// # Errors
    /// If none is idle, or the pool is closed.
    #[track_caller]
    pub fn try_acquire(&self) -> Result<Lease<C>, AcquireError<C::Error>> {
        AcquireFuture::new(&self.shared, AcquireOptions::default(), Location::caller()).now_or_never()
    }

    /// The name of the pool.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// How connections are made.
    pub fn connector(&self) -> &C {
        &self.shared.connector
    }

    /// What the pool looks like: everything that metrics are made of.
    ///
    /// Every ten seconds at most the load is weighed for it, which takes a few milliseconds of the
    /// calling thread and does not hold up the pool: see [`Snapshot::sizing`].
    pub fn snapshot(&self) -> Snapshot {
        let shared = &self.shared;
        self.weigh();
        Snapshot { protocol: self.protocol(), ..shared.visit(|machine| machine.snapshot(shared.clock.now())) }
    }

    /// The same, with all who hold and wait at that moment. [`Pool::snapshot`], [`Pool::leases`] and
    /// [`Pool::waiting`] one after another are of three moments, and need not agree.
    pub fn census(&self) -> Census {
        let shared = &self.shared;
        self.weigh();
        let mut census = shared.visit(|machine| machine.census(shared.clock.now()));
        census.snapshot.protocol = self.protocol();
        census
    }

    fn protocol(&self) -> Protocol {
        calm(|| self.shared.connector.protocol()).unwrap_or_default()
    }

    fn weigh(&self) {
        let shared = &self.shared;
        if let Some(load) = shared.visit(|machine| machine.load(shared.clock.now())) {
            let sizing = load.weigh();
            shared.visit(|machine| machine.advise(sizing, shared.clock.now()));
        }
    }

    /// What the pool looks like, as another pool would tell it: under its names and with its meanings,
    /// for graphs and alerts that are there already. See [`pool_core::stats`] for who counts what.
    ///
    /// # Errors
    /// If the original has no statistics, as net/http and go-micro, or is not known; the message lists
    /// those that are.
    pub fn stats_as(&self, original: &str) -> Result<Vec<Stat>, StatsError> {
        let shared = &self.shared;
        Snapshot { protocol: self.protocol(), ..shared.visit(|machine| machine.snapshot(shared.clock.now())) }
            .stats_as(original)
    }

    /// Who holds what.
    pub fn leases(&self) -> Vec<Holding> {
        let shared = &self.shared;
        shared.visit(|machine| machine.holdings(shared.clock.now()))
    }

    /// Who waits, the longest first.
    pub fn waiting(&self) -> Vec<Waiting> {
        let shared = &self.shared;
        shared.visit(|machine| machine.waiting(shared.clock.now()))
    }

    /// The options in force.
    pub fn options(&self) -> PoolOptions {
        self.shared.visit(|machine| machine.options().clone())
    }

    /// How long an acquire may take unless it says otherwise: `wait.timeout`. Without a copy of the other options.
    pub fn wait_timeout(&self) -> Duration {
        self.shared.visit(|machine| machine.options().wait.timeout.get())
    }

    /// Another limit on all connections. Idle ones above it are closed now, leased ones as they
    /// come back.
    ///
    /// # Errors
    /// If it makes no sense together with the other options; nothing is changed then.
    pub fn resize(&self, max_open: u32) -> Result<(), Mistakes> {
        let mut options = self.options();
        options.limits.max_open = max_open;
        self.reconfigure(Change { options: Some(options), ..Change::default() })
    }

    /// Other options or policies on the live pool. What is `None` stays and keeps its state;
    /// connections survive.
    ///
    /// # Errors
    /// If options make no sense; nothing is changed then.
    pub fn reconfigure(&self, change: Change) -> Result<(), Mistakes> {
        let shared = &self.shared;
        if let Some(options) = &change.options {
            Mistakes::in_options(&shared.name, options)?;
        }
        shared.visit(|machine| machine.reconfigure(change, shared.clock.now()));
        Ok(())
    }

    /// The endpoints from now on, a whole set. Connections of those that stay, stay.
    ///
    /// # Errors
    /// If a name is given twice or an address is empty; nothing is changed then.
    pub fn set_endpoints(&self, endpoints: Vec<Endpoint>) -> Result<(), Mistakes> {
        let shared = &self.shared;
        Mistakes::refuse(&shared.name, in_endpoints(&endpoints))?;
        shared.visit(|machine| machine.set_endpoints(endpoints, shared.clock.now()));
        Ok(())
    }

    /// A new generation: every idle connection is closed now, every leased one as it comes back.
    pub fn clear(&self) {
        let shared = &self.shared;
        shared.visit(|machine| machine.clear(shared.clock.now()));
    }

    /// No more leases, for good. Callers that wait are refused, idle connections are closed in the
    /// background, leased ones as they come back. Waits for nothing: see [`Pool::drain`].
    pub fn close(&self) {
        self.shared.close();
    }
}

impl<C: Connector> Clone for Pool<C> {
    fn clone(&self) -> Pool<C> {
        self.shared.handles.fetch_add(1, Ordering::Relaxed);
        Pool { shared: Arc::clone(&self.shared) }
    }
}

impl<C: Connector> Drop for Pool<C> {
    fn drop(&mut self) {
        if self.shared.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.close();
        }
    }
}

impl<C: Connector> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({}: {})", self.shared.name, Told(&self.shared.standing()))
    }
}
