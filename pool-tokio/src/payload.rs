//! What the machine keeps of a connection.

use std::sync::Arc;

use parking_lot::Mutex;
use pool_core::{Capacity, Connector, Outcome, Payload, TraceContext};
use tokio::sync::oneshot;

use crate::DialError;

/// A connection as the machine keeps it.
pub(crate) struct Pooled<C: Connector> {
    conn: Conn<C::Connection>,
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
pub(crate) struct Shared<T> {
    /// The connection, until the lease has made its handle from it.
    pub(crate) source: Option<Arc<Mutex<T>>>,
    /// The lease's own handle.
    pub(crate) handle: Option<T>,
    pub(crate) dial: Option<Arc<TraceContext>>,
    /// What the lease says of how it goes.
    pub(crate) said: Outcome,
}

impl<C: Connector> Payload for Pooled<C> {
    type Fault = DialError<C::Error>;
    type Shared = Shared<C::Connection>;

    fn share(&self) -> Shared<C::Connection> {
        let source = match &self.conn {
            Conn::Shared(conn) => Some(Arc::clone(conn)),
            Conn::Own(_) | Conn::Gone => None,
        };
        Shared { source, handle: None, dial: self.dial.clone(), said: Outcome::Ok }
    }
}

impl<C: Connector> Pooled<C> {
    pub(crate) fn new(conn: C::Connection, capacity: Capacity, dial: Option<TraceContext>) -> Pooled<C> {
        let conn = match capacity {
            Capacity::Exclusive => Conn::Own(conn),
            Capacity::Shared(_) => Conn::Shared(Arc::new(Mutex::new(conn))),
        };
        Pooled { conn, dial: dial.map(Arc::new), farewell: None, said: Outcome::Ok }
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

    /// Takes the connection out, to be closed or detached.
    pub(crate) fn take(&mut self) -> Option<C::Connection> {
        match std::mem::replace(&mut self.conn, Conn::Gone) {
            Conn::Own(conn) => Some(conn),
            Conn::Shared(conn) => Arc::try_unwrap(conn).ok().map(Mutex::into_inner),
            Conn::Gone => None,
        }
    }
}
