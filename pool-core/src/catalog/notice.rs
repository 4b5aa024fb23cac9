//! Notices: what is told to the log, so that plain logs tell the story.

use super::Attribute;

/// How important a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something is broken and somebody has to repair it.
    Error,
    /// Something failed, or will.
    Warn,
    /// Something changed.
    Info,
    /// What the pool does, step by step.
    Debug,
}

impl Level {
    /// The level as a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

macro_rules! notices {
    ($($(#[doc = $meaning:literal])+ $name:ident = $full:literal, $level:ident, [$($attribute:ident),*];)*) => {
        /// Everything that is told to the log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Notice {
            $($(#[doc = $meaning])+ $name,)*
        }

        impl Notice {
            /// Every notice.
            pub const ALL: &'static [Notice] = &[$(Notice::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Notice::$name => $full,)* }
            }

            /// How important it is.
            pub const fn level(self) -> Level {
                match self { $(Notice::$name => Level::$level,)* }
            }

            /// What it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Notice::$name => concat!($($meaning),+).trim_ascii(),)* }
            }

            /// Its fields.
            pub const fn fields(self) -> &'static [Attribute] {
                match self { $(Notice::$name => &[$(Attribute::$attribute),*],)* }
            }
        }
    };
}

notices! {
    /// An acquire was refused. At most one a second for each reason; the others are counted in `pool.suppressed`.
    Refused = "pool.refused", Warn, [Pool, Refusal, Waited, Trace, Suppressed];
    /// A dial failed. At most one a second for each pool; the others are counted in `pool.suppressed`.
    DialFailed = "pool.dial_failed", Warn, [Pool, Endpoint, ErrorClass, Error, Took, RetryIn, Suppressed];
    /// A dial succeeded.
    Dialed = "pool.dialed", Debug, [Pool, Endpoint, Connection, Took];
    /// A check of a connection failed; it is closed.
    CheckFailed = "pool.check_failed", Info, [Pool, Endpoint, Connection, Error, Took];
    /// A reset of a connection failed; it is closed.
    ResetFailed = "pool.reset_failed", Info, [Pool, Endpoint, Connection, Error, Took];
    /// A connection was taken out of service.
    Evicted = "pool.evicted", Debug, [Pool, Endpoint, Connection, Policy, Reason, Age, Uses];
    /// An endpoint's dials failed several times in a row: it is sick.
    BreakerOpened = "pool.breaker_opened", Warn, [Pool, Endpoint, Failures];
    /// Such an endpoint was dialed again.
    BreakerClosed = "pool.breaker_closed", Info, [Pool, Endpoint];
    /// The health policy lets an endpoint rest, for its leases fail: it takes no load.
    EndpointRests = "pool.endpoint_rests", Warn, [Pool, Endpoint, Policy, Reason];
    /// An endpoint that rested takes load again.
    EndpointServes = "pool.endpoint_serves", Info, [Pool, Endpoint, Policy, Reason];
    /// A policy panicked or answered what was not on offer. At most one a second for each pool. A module of WebAssembly
    /// says in `pool.error` what went wrong, and what it logged.
    PolicyFaulted = "pool.policy_faulted", Error, [Pool, Role, Policy, Fault, Error, Suppressed];
    /// An endpoint joined.
    EndpointJoined = "pool.endpoint_joined", Info, [Pool, Endpoint];
    /// An endpoint's weight, address or metadata changed.
    EndpointChanged = "pool.endpoint_changed", Info, [Pool, Endpoint];
    /// An endpoint left.
    EndpointLeft = "pool.endpoint_left", Info, [Pool, Endpoint];
    /// A lease is held for longer than `overdue_after`. It is told once, and nothing is taken away from it.
    LeaseOverdue = "pool.lease_overdue", Warn, [Pool, Endpoint, Connection, HeldFor, CodeFile, CodeLine, Trace];
    /// Options, policies or endpoints of its configuration were changed on the live pool.
    Reconfigured = "pool.reconfigured", Info, [Pool, ConfigGeneration];
    /// The configuration was read again and taken; what was changed, a line each. Told for every reload, also for one
    /// that changed nothing.
    ConfigTaken = "pool.config_taken", Info, [Trigger, ConfigResult, ConfigChanges];
    /// A configuration was read again and refused: nothing was changed. Why, with file, line and key.
    ConfigRefused = "pool.config_refused", Error, [Trigger, Error];
    /// A new generation began: what is older is closed.
    Cleared = "pool.cleared", Info, [Pool];
    /// The pool gives no more leases.
    Draining = "pool.draining", Info, [Pool];
    /// The last connection of a draining pool is closed.
    Drained = "pool.drained", Info, [Pool];
}
