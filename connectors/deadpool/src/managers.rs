//! One manager, or one for each endpoint.

use std::sync::{Arc, Weak};

use deadpool::managed::Manager;
use parking_lot::Mutex;
use pool_core::Endpoint;

use crate::DeadpoolError;

/// Where a connector has its managers from.
pub(crate) enum Managers<M: Manager> {
    /// One, which leads to one place, whatever the pool calls it.
    One(Arc<M>),
    /// Several, by the names of their endpoints.
    Given(Vec<(String, Arc<M>)>),
    /// One for each endpoint that the pool is told of.
    Made(Made<M>),
}

/// Managers that are made when they are needed, and live for as long as their connections.
pub(crate) struct Made<M: Manager> {
    make: Box<Make<M>>,
    made: Mutex<Vec<(Endpoint, Weak<M>)>>,
}

type Make<M> = dyn Fn(&Endpoint) -> Result<M, <M as Manager>::Error> + Send + Sync;

impl<M: Manager> Managers<M> {
    pub(crate) fn made_by(make: Box<Make<M>>) -> Managers<M> {
        Managers::Made(Made { make, made: Mutex::default() })
    }

    pub(crate) fn at(&self, endpoint: &Endpoint) -> Result<Arc<M>, DeadpoolError<M::Error>> {
        match self {
            Managers::One(manager) => Ok(Arc::clone(manager)),
            Managers::Made(made) => made.at(endpoint).map_err(DeadpoolError::Create),
            Managers::Given(managers) => match managers.iter().find(|(name, _)| name == endpoint.name()) {
                Some((_, manager)) => Ok(Arc::clone(manager)),
                None => {
                    let known = managers.iter().map(|(name, _)| name.clone()).collect();
                    Err(DeadpoolError::NoManager { endpoint: endpoint.name().to_owned(), known })
                }
            },
        }
    }

    /// Those that there are.
    pub(crate) fn all(&self) -> Vec<Arc<M>> {
        match self {
            Managers::One(manager) => vec![Arc::clone(manager)],
            Managers::Given(managers) => managers.iter().map(|(_, manager)| Arc::clone(manager)).collect(),
            Managers::Made(made) => made.made.lock().iter().filter_map(|(_, manager)| manager.upgrade()).collect(),
        }
    }
}

impl<M: Manager> Made<M> {
    fn at(&self, endpoint: &Endpoint) -> Result<Arc<M>, M::Error> {
        if let Some(manager) = self.find(endpoint) {
            return Ok(manager);
        }
        // Not under the lock, for it is the application's code.
        let manager = Arc::new((self.make)(endpoint)?);
        let mut made = self.made.lock();
        made.retain(|(_, manager)| manager.strong_count() > 0);
        made.push((endpoint.clone(), Arc::downgrade(&manager)));
        Ok(manager)
    }

    fn find(&self, endpoint: &Endpoint) -> Option<Arc<M>> {
        self.made.lock().iter().filter(|(of, _)| of == endpoint).find_map(|(_, manager)| manager.upgrade())
    }
}
