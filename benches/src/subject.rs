//! A pool under test, whoever made it.

mod bb8;
mod clearpool;
mod deadpool;
mod mobc;

pub use self::{bb8::Bb8, clearpool::Clearpool, deadpool::Deadpool, mobc::Mobc};

use std::future::Future;
use std::ops::DerefMut;
use std::time::Duration;

use crate::backend::{Backend, Conn};

/// A pool under test. Clones are handles to the same pool.
pub trait Subject: Clone + Send + Sync + 'static {
    /// What it is called in tables.
    const NAME: &'static str;

    /// A connection on loan.
    type Lease: DerefMut<Target = Conn> + Send + 'static;

    /// A pool, built inside a runtime.
    fn build(setup: Setup) -> impl Future<Output = Self> + Send;

    /// A connection on loan.
    fn acquire(&self) -> impl Future<Output = Result<Self::Lease, Fault>> + Send;

    /// One acquire, one touch, one release, as an application would write it.
    fn turn(&self) -> impl Future<Output = ()> + Send;

    /// What the pool says of itself.
    fn standing(&self) -> impl Future<Output = Standing> + Send;

    /// Another size; `None` if it cannot be changed.
    fn resize(&self, size: usize) -> impl Future<Output = Option<()>> + Send;

    /// Drops idle connections that are not wanted; `None` if it cannot.
    fn retain(&self, keep: impl FnMut(&Conn) -> bool) -> Option<()>;

    /// Takes the connection out of the pool; `None` if it cannot.
    fn detach(lease: Self::Lease) -> Option<Conn>;
}

/// What a pool is to be. Everything else is as it comes, less what would slow a peer down: where it
/// has a check at each acquire, it is off unless it is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// Where to.
    pub backend: &'static Backend,
    /// The most connections.
    pub size: usize,
    /// As many idle ones are kept.
    pub min_idle: usize,
    /// How long an acquire may take; `None`: what the pool does by itself.
    pub timeout: Option<Duration>,
    /// How long a dial may take, where that can be said.
    pub dial_timeout: Option<Duration>,
    /// How long a connection may be idle, by the means that the pool's documentation names.
    pub idle_timeout: Option<Duration>,
    /// Whether idle connections are checked by a round trip before they are handed out.
    pub check: bool,
}

impl Setup {
    /// A pool of this size.
    pub fn new(backend: &'static Backend, size: usize) -> Setup {
        Setup { backend, size, min_idle: 0, timeout: None, dial_timeout: None, idle_timeout: None, check: false }
    }
}

/// What a pool says of itself; `None` where it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Connections.
    pub open: u64,
    /// Idle ones.
    pub idle: u64,
    /// Callers that wait.
    pub waiting: u64,
}

/// How often a reaper looks, where that can be said.
pub const REAP_EVERY: Duration = Duration::from_millis(5);

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It took too long.
    Timeout,
    /// The dial failed.
    Backend,
    /// Anything else.
    Other,
}
