//! What the network does: how long dials take and how they end.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use pool_core::{Capacity, ErrorClass};

/// How one dial goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dial {
    /// How long it takes.
    pub takes: Duration,
    /// How it ends.
    pub ends: DialEnd,
}

/// How a dial ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DialEnd {
    /// With a connection.
    Ok(Capacity),
    /// With an error.
    Fails(ErrorClass),
    /// Its task is lost: aborted, or gone with its runtime.
    Lost,
}

impl Dial {
    /// An exclusive connection after so long.
    pub const fn ok(takes: Duration) -> Dial {
        Dial { takes, ends: DialEnd::Ok(Capacity::Exclusive) }
    }

    /// A connection that so many leases can share.
    pub const fn shared(takes: Duration, capacity: u32) -> Dial {
        Dial { takes, ends: DialEnd::Ok(Capacity::Shared(capacity)) }
    }

    /// A transient error after so long.
    pub const fn fails(takes: Duration) -> Dial {
        Dial { takes, ends: DialEnd::Fails(ErrorClass::Transient) }
    }

    /// A permanent error after so long.
    pub const fn denied(takes: Duration) -> Dial {
        Dial { takes, ends: DialEnd::Fails(ErrorClass::Permanent) }
    }

    /// It never ends by itself: the dial's deadline ends it.
    pub const fn hangs() -> Dial {
        Dial::fails(Duration::MAX)
    }
}

/// What the network does.
#[derive(Debug)]
pub struct Script {
    always: HashMap<String, Dial>,
    next: HashMap<String, VecDeque<Dial>>,
    /// How long a check takes, and whether it succeeds. Default: at once, yes.
    pub check: (Duration, bool),
    /// How long a reset takes, and whether it succeeds. Default: at once, yes.
    pub reset: (Duration, bool),
    /// Whether a returned connection has state that is to be reset. Default: no.
    pub needs_reset: bool,
    /// How long a close takes. Default: at once.
    pub close: Duration,
}

impl Default for Script {
    fn default() -> Script {
        Script {
            always: HashMap::new(),
            next: HashMap::new(),
            check: (Duration::ZERO, true),
            reset: (Duration::ZERO, true),
            needs_reset: false,
            close: Duration::ZERO,
        }
    }
}

impl Script {
    /// From now on, dials of this endpoint go like that. Default: they succeed at once.
    pub fn dials(&mut self, endpoint: &str, dial: Dial) {
        self.always.insert(endpoint.to_owned(), dial);
    }

    /// The next dial of this endpoint goes like that, once.
    pub fn next_dial(&mut self, endpoint: &str, dial: Dial) {
        self.next.entry(endpoint.to_owned()).or_default().push_back(dial);
    }

    pub(crate) fn dial(&mut self, endpoint: &str) -> Dial {
        let once = self.next.get_mut(endpoint).and_then(VecDeque::pop_front);
        once.or_else(|| self.always.get(endpoint).copied()).unwrap_or(Dial::ok(Duration::ZERO))
    }
}
