//! What a pool can be told besides its policies: limits, waiting, dialling, upkeep.

mod check;
mod dial;
mod fill;
mod limits;
mod unlimited;
mod wait;

pub use check::OptionError;
pub use dial::{Breaker, DialBy, DialErrors, DialOptions, Orphan};
pub use fill::FillMoments;
pub use limits::{Counts, Limits, Overflow, ResizeVictim, SharedOrder, Shrink, Turns, Victim};
pub use wait::{Covers, Exhausted, Handoff, Hopeless, WaitOptions, WaitOrder};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::HumanDuration;

/// Everything a pool can be told besides its policies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PoolOptions {
    /// How many connections there may be.
    pub limits: Limits,
    /// What happens to a caller when no connection is ready.
    pub wait: WaitOptions,
    /// How connections are made.
    pub dial: DialOptions,
    /// Checks, resets and closes.
    pub upkeep: UpkeepOptions,
    /// What is expected of those who hold a connection.
    pub lease: LeaseOptions,
    /// What the advice on the pool's size is to achieve.
    pub sizing: SizingOptions,
}

/// Checks, resets and closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct UpkeepOptions {
    /// A connection idle for longer is checked by a round trip before it is lent. Default `never`.
    pub check_after_idle: HumanDuration,
    /// How long a check may take; the connection is closed then. Default 1 s.
    pub check_timeout: HumanDuration,
    /// How long a reset may take; the connection is closed then. Default 1 s.
    pub reset_timeout: HumanDuration,
    /// How long a close may take; the connection is dropped then. Default 1 s.
    pub close_timeout: HumanDuration,
    /// How often idle connections that expired are looked for. Default `"0s"`: at each deadline.
    pub reap_every: HumanDuration,
    /// The least time between two such looks. Default `"0s"`.
    pub reap_pause: HumanDuration,
    /// Whether looking for them takes a turn of `limits.max_leases`, so that it waits while all are
    /// taken (go-redis v7). Default no.
    pub reap_in_turn: bool,
    /// Whether a check that fails costs those idle beside it their places too, since whatever befell
    /// the one befell them. Default yes; if not, each is checked by itself (redigo).
    pub suspect: bool,
}

impl Default for UpkeepOptions {
    fn default() -> UpkeepOptions {
        UpkeepOptions {
            check_after_idle: HumanDuration::NEVER,
            check_timeout: HumanDuration::from_secs(1),
            reset_timeout: HumanDuration::from_secs(1),
            close_timeout: HumanDuration::from_secs(1),
            reap_every: HumanDuration::ZERO,
            reap_pause: HumanDuration::ZERO,
            reap_in_turn: false,
            suspect: true,
        }
    }
}

/// What is expected of those who hold a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LeaseOptions {
    /// A lease held for longer is told of as overdue, once, with its call site. Nothing is taken
    /// away from it. Default `never`.
    pub overdue_after: HumanDuration,
    /// What the word of one lease, that its shared connection is broken, does. Default `drain`.
    pub broken_share: BrokenShare,
}

/// What the word of one lease does to a connection that others share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BrokenShare {
    /// The connection gets no new leases, and is closed when the last of them ends.
    #[default]
    Drain,
    /// It is heeded only if it is the last lease of the connection (go-micro).
    Last,
}

impl Default for LeaseOptions {
    fn default() -> LeaseOptions {
        LeaseOptions { overdue_after: HumanDuration::NEVER, broken_share: BrokenShare::Drain }
    }
}

/// What the advice on the pool's size is to achieve. It changes nothing that the pool does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SizingOptions {
    /// The advice is the size with which at most one caller in a hundred waits for longer. `"0s"`:
    /// for a connection to be ready at once; `"never"`: no such advice. Default: a hundredth of
    /// `wait.timeout`.
    pub wait: Option<HumanDuration>,
}
