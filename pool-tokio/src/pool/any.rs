//! A pool whose connector is not known.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use pool_core::{Census, Change, Connector, Endpoint, Holding, PoolOptions, Snapshot, Stat, StatsError, Waiting};

use super::{DrainReport, Pool};
use crate::error::Mistakes;

/// A pool whose connector is not known: what an operator may do with it. A `Pool<C>` is one.
pub trait AnyPool: Any + fmt::Debug + Send + Sync {
    /// As [`Pool::name`].
    fn name(&self) -> &str;
    /// As [`Pool::snapshot`].
    fn snapshot(&self) -> Snapshot;
    /// As [`Pool::stats_as`].
    ///
    /// # Errors
    /// If the original has no statistics, or is not known.
    fn stats_as(&self, original: &str) -> Result<Vec<Stat>, StatsError>;
    /// As [`Pool::census`].
    fn census(&self) -> Census;
    /// As [`Pool::leases`].
    fn leases(&self) -> Vec<Holding>;
    /// As [`Pool::waiting`].
    fn waiting(&self) -> Vec<Waiting>;
    /// As [`Pool::options`].
    fn options(&self) -> PoolOptions;
    /// As [`Pool::drain`].
    fn drain(&self, within: Duration) -> Pin<Box<dyn Future<Output = DrainReport> + Send + '_>>;
    /// As [`Pool::close`].
    fn close(&self);
    /// As [`Pool::resize`].
    ///
    /// # Errors
    /// If it makes no sense together with the other options; nothing is changed then.
    fn resize(&self, max_open: u32) -> Result<(), Mistakes>;
    /// As [`Pool::clear`].
    fn clear(&self);
    /// As [`Pool::reconfigure`].
    ///
    /// # Errors
    /// If options make no sense; nothing is changed then.
    fn reconfigure(&self, change: Change) -> Result<(), Mistakes>;
    /// As [`Pool::set_endpoints`].
    ///
    /// # Errors
    /// If a name is given twice or an address is empty; nothing is changed then.
    fn set_endpoints(&self, endpoints: Vec<Endpoint>) -> Result<(), Mistakes>;
}

impl dyn AnyPool {
    /// A handle to the pool, if it is one of this connector.
    pub fn downcast<C: Connector>(&self) -> Option<Pool<C>> {
        let any: &dyn Any = self;
        any.downcast_ref::<Pool<C>>().cloned()
    }
}

impl<C: Connector> AnyPool for Pool<C> {
    fn name(&self) -> &str {
        Pool::name(self)
    }

    fn snapshot(&self) -> Snapshot {
        Pool::snapshot(self)
    }

    fn stats_as(&self, original: &str) -> Result<Vec<Stat>, StatsError> {
        Pool::stats_as(self, original)
    }

    fn census(&self) -> Census {
        Pool::census(self)
    }

    fn leases(&self) -> Vec<Holding> {
        Pool::leases(self)
    }

    fn waiting(&self) -> Vec<Waiting> {
        Pool::waiting(self)
    }

    fn options(&self) -> PoolOptions {
        Pool::options(self)
    }

    fn drain(&self, within: Duration) -> Pin<Box<dyn Future<Output = DrainReport> + Send + '_>> {
        Box::pin(Pool::drain(self, within))
    }

    fn close(&self) {
        Pool::close(self);
    }

    fn resize(&self, max_open: u32) -> Result<(), Mistakes> {
        Pool::resize(self, max_open)
    }

    fn clear(&self) {
        Pool::clear(self);
    }

    fn reconfigure(&self, change: Change) -> Result<(), Mistakes> {
        Pool::reconfigure(self, change)
    }

    fn set_endpoints(&self, endpoints: Vec<Endpoint>) -> Result<(), Mistakes> {
        Pool::set_endpoints(self, endpoints)
    }
}
