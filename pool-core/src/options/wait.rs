//! What happens to a caller when no connection is ready.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::HumanDuration;

/// What happens to a caller when no connection is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WaitOptions {
    /// How long an acquire may take, dials included. `"0s"`: what is not ready at once fails;
    /// `"never"`: no limit. Default 5 s.
    pub timeout: HumanDuration,
    /// What of an acquire its time-out limits, unless the caller gave one of its own. Default `all`.
    pub covers: Covers,
    /// Who is served first. Default `fifo`.
    pub order: WaitOrder,
    /// What happens when no connection is idle and none may be made. Default `wait`.
    pub exhausted: Exhausted,
    /// What happens to a caller when every endpoint fails to be dialed and nothing is in use that may
    /// come back. Default `refuse`.
    pub hopeless: Hopeless,
    /// How one who waits gets a connection that came back. Default `direct`.
    pub handoff: Handoff,
    /// Whether a caller waits for the endpoint that the balance policy picked, and no other.
    /// Default no: it takes the first connection that comes.
    pub strict: bool,
}

impl Default for WaitOptions {
    fn default() -> WaitOptions {
        WaitOptions {
            timeout: HumanDuration::from_secs(5),
            covers: Covers::All,
            order: WaitOrder::Fifo,
            exhausted: Exhausted::Wait,
            hopeless: Hopeless::Refuse,
            handoff: Handoff::Direct,
            strict: false,
        }
    }
}

/// What of an acquire its time-out limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Covers {
    /// All of it, dials included.
    #[default]
    All,
    /// The wait for a turn: once a dial is begun for the caller, `dial.timeout` limits that (go-redis).
    Turn,
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
    /// Any of them, by chance: nobody is sure of its turn (`database/sql`).
    Random,
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
    /// A connection is dialed beyond `max_open`, which is not pooled: see `limits.overflow`.
    Overflow,
}

/// What happens to a caller for whom nothing can come until a dial succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Hopeless {
    /// It is told of the last dial's error at once.
    #[default]
    Refuse,
    /// It waits, while the pool goes on dialing (HikariCP).
    Wait,
}

/// How one who waits gets a connection that came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Handoff {
    /// It is given the connection, which is not idle in between.
    #[default]
    Direct,
    /// The connection becomes idle first, under the limits on idle ones; who waits takes what is
    /// idle then, or dials (redigo, go-redis).
    Idle,
}
