//! What a pool can be told besides its policies: limits, waiting, dialling, upkeep.

mod check;

pub use check::OptionError;

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

/// How many connections there may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The most connections in whatever state, dials and closes included. Default 10.
    #[schemars(range(min = 1))]
    pub max_open: u32,
    /// The same for each endpoint. Default: no limit of its own.
    #[schemars(range(min = 1))]
    pub max_open_per_endpoint: Option<u32>,
    /// The most idle connections; more are closed as they come back. Default: `max_open`.
    pub max_idle: Option<u32>,
    /// The same for each endpoint. Default: no limit of its own.
    pub max_idle_per_endpoint: Option<u32>,
    /// As many connections are kept ready, dialed ahead of callers. Default 0.
    pub min_idle: u32,
    /// The most callers that wait; one more is refused. Default: no limit.
    pub max_waiting: Option<u32>,
    /// Which idle connection goes when `max_idle` overflows.
    pub victim: Victim,
    /// Which idle connection goes when `max_idle_per_endpoint` overflows.
    pub victim_per_endpoint: Victim,
    /// Which idle connections go when a limit is lowered on a live pool. Default `oldest`.
    pub resize_victim: ResizeVictim,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_open: 10,
            max_open_per_endpoint: None,
            max_idle: None,
            max_idle_per_endpoint: None,
            min_idle: 0,
            max_waiting: None,
            victim: Victim::Policy,
            victim_per_endpoint: Victim::Policy,
            resize_victim: ResizeVictim::Oldest,
        }
    }
}

/// Which connection goes when there are too many idle ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Victim {
    /// The one that the first evict policy with an answer names; if none has, the oldest.
    #[default]
    Policy,
    /// The one that just came back.
    Incoming,
    /// The one released longest ago.
    Oldest,
}

/// Which idle connections go when a limit is lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ResizeVictim {
    /// Those released longest ago.
    #[default]
    Oldest,
    /// Those released last.
    Newest,
}

/// What happens to a caller when no connection is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WaitOptions {
    /// How long an acquire may take, dials included. `"0s"`: what is not ready at once fails;
    /// `"never"`: no limit. Default 5 s.
    pub timeout: HumanDuration,
    /// Who is served first. Default `fifo`.
    pub order: WaitOrder,
    /// What happens when no connection is idle and none may be made. Default `wait`.
    pub exhausted: Exhausted,
    /// Whether a caller waits for the endpoint that the balance policy picked, and no other.
    /// Default no: it takes the first connection that comes.
    pub strict: bool,
}

impl Default for WaitOptions {
    fn default() -> WaitOptions {
        WaitOptions {
            timeout: HumanDuration::from_secs(5),
            order: WaitOrder::Fifo,
            exhausted: Exhausted::Wait,
            strict: false,
        }
    }
}

/// Which waiter is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WaitOrder {
    /// The one that came first.
    #[default]
    Fifo,
    /// The one that came last.
    Lifo,
}

/// What happens when no connection is idle and none may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Exhausted {
    /// The caller waits.
    #[default]
    Wait,
    /// The acquire fails at once.
    Fail,
}

/// How connections are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DialOptions {
    /// How long a dial may take; it is dropped then. Default 5 s.
    pub timeout: HumanDuration,
    /// The most dials under way at once. Default 8.
    #[schemars(range(min = 1))]
    pub max_concurrent: u32,
    /// The pause after the first failed dial of an endpoint; it doubles with each further one,
    /// less up to half of it by chance. Default 20 ms.
    pub backoff_min: HumanDuration,
    /// The longest pause; at once after a permanent error, such as a wrong password. Default 5 s.
    pub backoff_max: HumanDuration,
    /// Failed dials in a row after which an endpoint's breaker opens: its event tells that the
    /// endpoint is sick rather than unlucky. Default 5.
    #[schemars(range(min = 1))]
    pub breaker_failures: u32,
}

impl Default for DialOptions {
    fn default() -> DialOptions {
        DialOptions {
            timeout: HumanDuration::from_secs(5),
            max_concurrent: 8,
            backoff_min: HumanDuration::from_millis(20),
            backoff_max: HumanDuration::from_secs(5),
            breaker_failures: 5,
        }
    }
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
}

impl Default for UpkeepOptions {
    fn default() -> UpkeepOptions {
        UpkeepOptions {
            check_after_idle: HumanDuration::NEVER,
            check_timeout: HumanDuration::from_secs(1),
            reset_timeout: HumanDuration::from_secs(1),
            close_timeout: HumanDuration::from_secs(1),
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
}

impl Default for LeaseOptions {
    fn default() -> LeaseOptions {
        LeaseOptions { overdue_after: HumanDuration::NEVER }
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
