//! Those who ask for connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;
use std::time::Duration;

use pool_core::{Entry, RefusalKind, SharedLease, Time, WaiterId, Want};

use crate::Conn;

/// A caller: the n-th that asked.
pub type CallerId = usize;

/// How a caller asks.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The name of the one endpoint that will do.
    pub endpoint: Option<String>,
    /// A key, for policies that hash.
    pub key: Option<u64>,
    /// How long it waits. Default: as the options say.
    pub timeout: Option<Duration>,
    /// Whether it takes nothing that is idle.
    pub fresh: bool,
    /// How long after it was granted a connection it gives that back, by itself. Default: it is told to.
    pub hold: Option<Duration>,
}

/// What has become of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It waits.
    Waiting,
    /// It holds a connection: which, and how long it had waited.
    Holding(Conn, Duration),
    /// It was refused.
    Refused(RefusalKind),
    /// It has given back what it had, or went away.
    Gone,
}

pub(crate) struct Caller {
    pub(crate) want: Want,
    pub(crate) bell: Arc<Bell>,
    pub(crate) state: State,
    pub(crate) hold: Option<Duration>,
    /// When it gave back what it had.
    pub(crate) ended: Option<Time>,
}

pub(crate) enum State {
    Waiting(WaiterId),
    Holds(Box<Entry<Conn>>, Time),
    Shares(SharedLease<Conn>, Time),
    Refused(RefusalKind),
    Gone,
}

/// Notes that a caller was woken: one that is not, is not asked.
#[derive(Debug, Default)]
pub(crate) struct Bell(AtomicBool);

impl Bell {
    pub(crate) fn rang(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
