//! Several managers, one for each endpoint.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Weak};

use bb8::ManageConnection;
use parking_lot::Mutex;
use pool_core::Endpoint;

use crate::{Bb8Error, Managers};

/// Several managers, one for each endpoint: [`Bb8Connector::over`](crate::Bb8Connector::over) and
/// [`Bb8Connector::per_endpoint`](crate::Bb8Connector::per_endpoint).
pub struct Several<M: ManageConnection> {
    source: Source<M>,
}

enum Source<M: ManageConnection> {
    /// By the names of their endpoints.
    Given(Vec<(String, Arc<M>)>),
    Made(Made<M>),
}

/// Managers that are made when they are needed, and live for as long as their connections.
struct Made<M: ManageConnection> {
    make: Box<Make<M>>,
    made: Mutex<Vec<(Endpoint, Weak<M>)>>,
}

type Make<M> = dyn Fn(&Endpoint) -> Result<M, <M as ManageConnection>::Error> + Send + Sync;

impl<M: ManageConnection> Several<M> {
    pub(crate) fn given(managers: impl IntoIterator<Item = (String, M)>) -> Several<M> {
        let managers = managers.into_iter().map(|(name, manager)| (name, Arc::new(manager)));
        Several { source: Source::Given(managers.collect()) }
    }

    pub(crate) fn made_by(make: Box<Make<M>>) -> Several<M> {
        Several { source: Source::Made(Made { make, made: Mutex::default() }) }
    }

    fn manager(&self, endpoint: &Endpoint) -> Result<Arc<M>, Bb8Error<M::Error>> {
        match &self.source {
            Source::Made(made) => made.manager(endpoint).map_err(Bb8Error::Manager),
            Source::Given(managers) => match managers.iter().find(|(name, _)| name == endpoint.name()) {
                Some((_, manager)) => Ok(Arc::clone(manager)),
                None => {
                    let known = managers.iter().map(|(name, _)| name.clone()).collect();
                    Err(Bb8Error::NoManager { endpoint: endpoint.name().to_owned(), known })
                }
            },
        }
    }
}

impl<M: ManageConnection> Made<M> {
    fn manager(&self, endpoint: &Endpoint) -> Result<Arc<M>, M::Error> {
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

impl<M: ManageConnection> Managers for Several<M> {
    type Manager = M;
    type Connection = Routed<M>;

    async fn connect(&self, endpoint: &Endpoint) -> Result<Routed<M>, Bb8Error<M::Error>> {
        let manager = self.manager(endpoint)?;
        let connection = manager.connect().await.map_err(Bb8Error::Manager)?;
        Ok(Routed { connection, manager })
    }

    fn parts<'a>(&'a self, routed: &'a mut Routed<M>) -> (&'a M, &'a mut M::Connection) {
        (&routed.manager, &mut routed.connection)
    }
}

impl<M: ManageConnection> fmt::Debug for Several<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Several").finish_non_exhaustive()
    }
}

/// A connection of one manager among several. Derefs to the connection.
pub struct Routed<M: ManageConnection> {
    connection: M::Connection,
    manager: Arc<M>,
}

impl<M: ManageConnection> Routed<M> {
    /// The manager that made it.
    pub fn manager(&self) -> &M {
        &self.manager
    }

    /// The connection by itself, for instance of a lease that was detached.
    pub fn into_inner(self) -> M::Connection {
        self.connection
    }
}

impl<M: ManageConnection> Deref for Routed<M> {
    type Target = M::Connection;

    fn deref(&self) -> &M::Connection {
        &self.connection
    }
}

impl<M: ManageConnection> DerefMut for Routed<M> {
    fn deref_mut(&mut self) -> &mut M::Connection {
        &mut self.connection
    }
}

impl<M: ManageConnection<Connection: fmt::Debug>> fmt::Debug for Routed<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connection.fmt(f)
    }
}
