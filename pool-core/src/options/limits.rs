//! How many connections there may be, and which go when there are too many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unlimited;

/// How many connections there may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The most connections in whatever state, dials and closes included; or `"unlimited"`.
    /// Default 10.
    #[serde(with = "unlimited::number")]
    #[schemars(schema_with = "unlimited::at_least_one")]
    pub max_open: u32,
    /// The same for each endpoint. Default: no limit of its own.
    #[serde(with = "unlimited::optional")]
    #[schemars(schema_with = "unlimited::at_least_one_or_none")]
    pub max_open_per_endpoint: Option<u32>,
    /// Whether a connection that is being closed counts against these two; and a shared one that gets no new leases and
    /// is closed when its last one ends, as when its server said goodbye to it. Default `counted`.
    pub closing: Counts,
    /// Whether a connection that is still being dialed counts against these two. Default `counted`.
    pub dialing: Counts,
    /// The most leases at once, callers included who wait for a dial of their own (see `dial.by`).
    /// Whoever finds none left waits its turn, whatever `wait.exhausted` says. Default: no limit.
    #[serde(with = "unlimited::optional")]
    #[schemars(schema_with = "unlimited::at_least_one_or_none")]
    pub max_leases: Option<u32>,
    /// What takes a turn of `max_leases` besides leases. Default `callers`.
    pub turns: Turns,
    /// The most idle connections; more are closed as they come back. Default: `max_open`.
    #[serde(with = "unlimited::optional")]
    #[schemars(schema_with = "unlimited::or_none")]
    pub max_idle: Option<u32>,
    /// The same for each endpoint. Default: no limit of its own.
    #[serde(with = "unlimited::optional")]
    #[schemars(schema_with = "unlimited::or_none")]
    pub max_idle_per_endpoint: Option<u32>,
    /// As many connections are kept ready, dialed ahead of callers. Default 0.
    pub min_idle: u32,
    /// The most callers that wait; one more is refused. Default: no limit.
    #[serde(with = "unlimited::optional")]
    #[schemars(schema_with = "unlimited::or_none")]
    pub max_waiting: Option<u32>,
    /// What becomes of a connection that was dialed although `max_open` were pooled
    /// (`wait.exhausted = "overflow"`), when it comes back. Default `keep-if-room`.
    pub overflow: Overflow,
    /// Where a shared connection stands among those that have room for another lease. Default `used`.
    pub shared_order: SharedOrder,
    /// Which idle connection goes when `max_idle` overflows.
    pub victim: Victim,
    /// Which idle connection goes when `max_idle_per_endpoint` overflows.
    pub victim_per_endpoint: Victim,
    /// Which idle connections go when a limit is lowered on a live pool. Default `oldest`.
    pub resize_victim: ResizeVictim,
    /// When connections go of which there are too many since `max_open` was lowered. Default
    /// `at-once`.
    pub shrink: Shrink,
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
            max_leases: None,
            closing: Counts::Counted,
            dialing: Counts::Counted,
            turns: Turns::Callers,
            overflow: Overflow::KeepIfRoom,
            shared_order: SharedOrder::Used,
            victim: Victim::Policy,
            victim_per_endpoint: Victim::Policy,
            resize_victim: ResizeVictim::Oldest,
            shrink: Shrink::AtOnce,
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

/// When connections go of which there are too many since `max_open` was lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Shrink {
    /// Idle ones at once, those in use as they come back.
    #[default]
    AtOnce,
    /// As they come back; idle ones stay (`database/sql`).
    OnReturn,
}

/// What becomes of a connection beyond `max_open` when it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Overflow {
    /// It is pooled if there is room by now, else closed.
    #[default]
    KeepIfRoom,
    /// It is closed.
    Close,
}

/// Where a shared connection stands among those that have room for another lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SharedOrder {
    /// By when a lease of it ended last.
    #[default]
    Used,
    /// By when it had room again after it had none; while it has, it keeps its place.
    Freed,
}

/// Whether what is not in use yet, or no more, counts as open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Counts {
    /// It does: the peer never sees more connections than the limit.
    #[default]
    Counted,
    /// It does not: a connection that is being closed is forgotten at once (redigo, go-redis,
    /// `database/sql`, `net/http`), and dials may be more than there is room for (go-redis v9).
    Free,
}

/// What takes a turn of `max_leases` besides leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Turns {
    /// Callers who wait for a dial that they began.
    #[default]
    Callers,
    /// Dials: also those ahead of callers, and those whose caller has gone (go-redis v9).
    Dials,
}
