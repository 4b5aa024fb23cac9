//! What the machine keeps of a connection.

use std::sync::Arc;

use parking_lot::Mutex;
use pool_core::{Capacity, Connector, Outcome, Payload, TraceContext};
use tokio::sync::oneshot;

use crate::DialError;
use crate::calm::calm;
use crate::shared::Shared;

/// A connection as the machine keeps it.
pub(crate) struct Pooled<C: Connector> {
    conn: Conn<C::Connection>,
    /// Its pool, which it keeps alive for as long as it exists: see `kernel::room`.
    pub(crate) pool: Arc<Shared<C>>,
    /// The span of its dial, if the observer gave it one.
    pub(crate) dial: Option<Arc<TraceContext>>,
    /// Dropped when the connection has been reset or closed, by which a `release().await` ends.
    pub(crate) farewell: Option<oneshot::Sender<()>>,
    /// What the lease that has it says of how it goes.
    pub(crate) said: Outcome,
}

enum Conn<T> {
    Own(T),
    Shared(Arc<Mutex<T>>),
    /// Its holder detached it.
    Gone,
}

/// A lease's part of a shared connection.
pub(crate) struct Part<C: Connector> {
    /// The connection, until the lease has made its handle from it.
    pub(crate) source: Option<Arc<Mutex<C::Connection>>>,
    /// The lease's own handle.
    pub(crate) handle: Option<C::Connection>,
    pub(crate) pool: Arc<Shared<C>>,
    pub(crate) dial: Option<Arc<TraceContext>>,
    /// What the lease says of how it goes.
    pub(crate) said: Outcome,
}

impl<C: Connector> Payload for Pooled<C> {
    type Fault = DialError<C::Error>;
    type Shared = Part<C>;

    fn share(&self) -> Part<C> {
        let source = match &self.conn {
            Conn::Shared(conn) => Some(Arc::clone(conn)),
            Conn::Own(_) | Conn::Gone => None,
        };
        Part { source, handle: None, pool: Arc::clone(&self.pool), dial: self.dial.clone(), said: Outcome::Ok }
    }
}

impl<C: Connector> Pooled<C> {
    pub(crate) fn new(
        conn: C::Connection,
        capacity: Capacity,
        dial: Option<TraceContext>,
        pool: Arc<Shared<C>>,
    ) -> Pooled<C> {
        let conn = match capacity {
            Capacity::Exclusive => Conn::Own(conn),
            Capacity::Shared(_) => Conn::Shared(Arc::new(Mutex::new(conn))),
        };
        Pooled { conn, pool, dial: dial.map(Arc::new), farewell: None, said: Outcome::Ok }
    }

    /// The connection of an exclusive lease.
    #[inline]
    pub(crate) fn own(&self) -> Option<&C::Connection> {
        match &self.conn {
            Conn::Own(conn) => Some(conn),
            Conn::Shared(_) | Conn::Gone => None,
        }
    }

    /// The connection, for whoever has it alone: its lease, or a task of the pool. A shared one
    /// only if no lease is about to make its handle.
    #[inline]
    pub(crate) fn alone(&mut self) -> Option<&mut C::Connection> {
        match &mut self.conn {
            Conn::Own(conn) => Some(conn),
            Conn::Shared(conn) => Arc::get_mut(conn).map(Mutex::get_mut),
            Conn::Gone => None,
        }
    }

    /// The connector's word on a connection that comes back: `None` if it panicked, or there is none.
    #[inline]
    pub(crate) fn needs_reset(&mut self) -> Option<bool> {
        let Pooled { conn: Conn::Own(connection), pool, .. } = self else { return None };
        calm(|| pool.connector.needs_reset(connection))
    }

    /// Whether the connection looks alive to the connector.
    #[inline]
    pub(crate) fn is_open(&mut self) -> bool {
        let Pooled { conn: Conn::Own(connection), pool, .. } = self else { return false };
        calm(|| pool.connector.is_open(connection)).unwrap_or(false)
    }

    /// Takes the connection out, to be closed or detached.
    pub(crate) fn take(&mut self) -> Option<C::Connection> {
        match std::mem::replace(&mut self.conn, Conn::Gone) {
            Conn::Own(conn) => Some(conn),
            Conn::Shared(conn) => Arc::try_unwrap(conn).ok().map(Mutex::into_inner),
            Conn::Gone => None,
        }
    }
}
