//! How a connection is made, checked, reset and closed.

use std::error::Error;
use std::future::{Future, ready};
use std::time::Duration;

use super::Protocol;
use crate::{CloseReason, Endpoint, Handle};

/// How a connection is made, checked, reset and closed.
///
/// The asynchronous methods run in tasks of the pool, each under a deadline of the configuration;
/// one that never ends is dropped there. One that panics is caught and counts as failed.
pub trait Connector: Send + Sync + 'static {
    /// What is pooled.
    type Connection: Send + 'static;
    /// What can go wrong.
    type Error: Error + Send + Sync + 'static;

    /// Makes a connection. Dropped when the dial's deadline passes.
    ///
    /// # Errors
    /// Whatever went wrong; [`Connector::classify`] says whether to try again.
    fn connect(&self, cx: &ConnectCx<'_>) -> impl Future<Output = Result<Self::Connection, Self::Error>> + Send;

    /// Whether an idle connection still looks alive: no I/O wait, a look at what is already known.
    /// Has the peer closed it? Are there unread bytes? Asked outside the pool's lock before each
    /// lease. Default: yes.
    fn is_open(&self, connection: &mut Self::Connection) -> bool {
        let _ = connection;
        true
    }

    /// A round trip that proves the connection works. Default: it does.
    ///
    /// # Errors
    /// If the connection is of no more use.
    fn check(&self, connection: &mut Self::Connection) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = connection;
        ready(Ok(()))
    }

    /// Whether a returned connection needs [`Connector::reset`], whatever the release policy says.
    /// Cheap, no I/O; asked outside the pool's lock at each release. Default: no.
    fn needs_reset(&self, connection: &mut Self::Connection) -> bool {
        let _ = connection;
        false
    }

    /// Undoes protocol state on return. Default: there is none.
    ///
    /// # Errors
    /// If the connection is of no more use.
    fn reset(&self, connection: &mut Self::Connection) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = connection;
        ready(Ok(()))
    }

    /// Says goodbye and closes. The place of the connection is freed when this is done, or at its
    /// deadline. Default: drop it.
    fn close(&self, connection: Self::Connection, why: CloseReason) -> impl Future<Output = ()> + Send {
        let _ = why;
        drop(connection);
        ready(())
    }

    /// Whether one lease at a time uses a connection, or several share it. Default: one.
    fn capacity(&self, connection: &Self::Connection) -> Capacity {
        let _ = connection;
        Capacity::Exclusive
    }

    /// Another handle to a shared connection, for one lease; `None` where connections are not
    /// shared, which is the default. Must be `Some` where [`Connector::capacity`] says `Shared`.
    fn share(&self, connection: &Self::Connection) -> Option<Self::Connection> {
        let _ = connection;
        None
    }

    /// What is spoken, for the attributes of spans and metrics. Default: nothing that has a convention.
    fn protocol(&self) -> Protocol {
        Protocol::NONE
    }

    /// Whether a failed dial is worth repeating. Default: it is.
    fn classify(&self, error: &Self::Error) -> ErrorClass {
        let _ = error;
        ErrorClass::Transient
    }
}

/// What a dial is told.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ConnectCx<'a> {
    /// Where to.
    pub endpoint: &'a Endpoint,
    /// The name of the pool.
    pub pool: &'a str,
    /// How long the dial may take; it is dropped then.
    pub timeout: Duration,
    /// Which attempt at this endpoint in a row: 0 after a success, then 1, 2, …
    pub attempt: u32,
    /// By which the connection can say later that it is dead, or that its capacity changed.
    pub handle: &'a Handle,
}

impl<'a> ConnectCx<'a> {
    /// What a dial is told, for whoever drives a connector outside a pool: a test, a tool.
    pub fn new(endpoint: &'a Endpoint, pool: &'a str, timeout: Duration, handle: &'a Handle) -> ConnectCx<'a> {
        ConnectCx { endpoint, pool, timeout, attempt: 0, handle }
    }
}

/// How many leases a connection can serve at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// One, which has it to itself.
    Exclusive,
    /// So many, each with a handle of its own. Zero: none for now.
    Shared(u32),
}

/// Whether a failed dial is worth repeating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// It may work the next time: refused, timed out, reset.
    Transient,
    /// It will not, until somebody changes something: wrong password, unknown database.
    Permanent,
}

impl ErrorClass {
    /// The class as a label.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorClass::Transient => "transient",
            ErrorClass::Permanent => "permanent",
        }
    }
}
