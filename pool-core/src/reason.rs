//! Why something was done: bounded, static words, fit for a metric label.

use std::fmt;

/// Why a policy decided as it did: a static word in kebab-case, such as `newest` or `max-age`.
///
/// Being static, the number of different reasons is bounded by the source code; so a reason may
/// be a metric label.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason(&'static str);

impl Reason {
    /// A reason from its word.
    pub const fn new(word: &'static str) -> Reason {
        Reason(word)
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Why a connection was closed: who decided it, and the reason given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CloseReason {
    /// The kind of the policy that decided, or `pool` where the pool itself did.
    pub policy: &'static str,
    /// The reason given.
    pub reason: Reason,
}

macro_rules! close_reasons {
    ($($(#[$meta:meta])* $name:ident = $word:literal;)*) => {
        impl CloseReason {
            $($(#[$meta])* pub const $name: CloseReason = CloseReason::pool($word);)*

            /// Every reason for which the pool itself closes a connection.
            pub const OF_THE_POOL: &'static [CloseReason] = &[$(CloseReason::$name),*];
        }
    };
}

close_reasons! {
    /// The pool is closed.
    CLOSED = "closed";
    /// The pool is draining.
    DRAIN = "drain";
    /// `clear` began a new generation.
    CLEAR = "clear";
    /// `retain` did not want it.
    RETAIN = "retain";
    /// A limit was lowered.
    RESIZE = "resize";
    /// Discovery no longer names the endpoint.
    ENDPOINT_REMOVED = "endpoint-removed";
    /// More idle connections than the limit allows.
    MAX_IDLE = "max-idle";
    /// Another endpoint needed the place.
    MAKE_ROOM = "make-room";
    /// The caller said that it is broken.
    BROKEN = "broken";
    /// The caller threw it away.
    DISCARDED = "discarded";
    /// The caller took it out of the pool; the connection itself lives on.
    DETACHED = "detached";
    /// The thread that held it panicked.
    PANIC = "panic";
    /// The peer closed it, or left bytes that nobody read.
    PEER_CLOSED = "peer-closed";
    /// Its own protocol said that it is dead.
    DEAD = "dead";
    /// A check failed or took too long.
    CHECK_FAILED = "check-failed";
    /// It was idle beside one whose check failed.
    SUSPECT = "suspect";
    /// A reset failed or took too long.
    RESET_FAILED = "reset-failed";
    /// The task that held it was lost.
    LOST = "lost";
    /// It was dialed beyond `max_open`, and there was no room for it when it came back.
    OVERFLOW = "overflow";
    /// The caller for whom it was dialed has gone.
    ABANDONED = "abandoned";
    /// It was dialed to see whether the endpoint is back.
    PROBE = "probe";
}

impl CloseReason {
    /// The word that stands where a policy's kind would, for what the pool decided itself.
    pub const POOL: &'static str = "pool";

    const fn pool(word: &'static str) -> CloseReason {
        CloseReason { policy: CloseReason::POOL, reason: Reason::new(word) }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.policy)
    }
}
