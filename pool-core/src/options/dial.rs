//! How connections are made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FillMoments, unlimited};
use crate::HumanDuration;

/// How connections are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DialOptions {
    /// How long a dial may take; it is dropped then. Default 5 s.
    pub timeout: HumanDuration,
    /// The most dials under way at once, or `"unlimited"`. Default 8.
    #[serde(with = "unlimited::number")]
    #[schemars(schema_with = "unlimited::at_least_one")]
    pub max_concurrent: u32,
    /// The pause after the first failed dial of an endpoint; it doubles with each further one,
    /// less up to half of it by chance. `"0s"`: none. Default 20 ms.
    pub backoff_min: HumanDuration,
    /// The longest pause; at once after a permanent error, such as a wrong password. Default 5 s.
    pub backoff_max: HumanDuration,
    /// Failed dials in a row after which an endpoint's breaker opens: its event tells that the
    /// endpoint is sick rather than unlucky, and see `breaker`. Default 5.
    #[schemars(range(min = 1))]
    pub breaker_failures: u32,
    /// What an open breaker does. Default `report`.
    pub breaker: Breaker,
    /// How often an endpoint whose breaker fails callers fast is tried. Default 1 s.
    pub probe_every: HumanDuration,
    /// Whose a dial is. Default `pool`.
    pub by: DialBy,
    /// Whether no more dials are under way than are needed. Default yes; if not, each caller that
    /// has to wait begins one of its own (`net/http`).
    pub elide: bool,
    /// While connections are in use that may come back, dials for callers begin one at a time, so
    /// long apart, twice as many each time. `"0s"`: at once. Default 25 ms.
    pub pace: HumanDuration,
    /// After a dial that succeeded no other begins for so long (HikariCP). Default `"0s"`.
    pub rest: HumanDuration,
    /// Whether a dial goes on when the caller whose it is has gone. Default yes: its connection
    /// serves another, or is idle.
    pub detached: bool,
    /// Where the connection of a dial goes whose caller has gone. Default `queue`.
    pub orphan: Orphan,
    /// Whom the error of a dial is told. Default `retry`.
    pub errors: DialErrors,
    /// How often a dial is tried before it has failed. Default 1.
    #[schemars(range(min = 1))]
    pub attempts: u32,
    /// The pause between these. Default 100 ms.
    pub attempt_pause: HumanDuration,
    /// When `limits.min_idle` is filled up. Default: whenever there are fewer.
    pub fill_on: FillMoments,
    /// How often for the moment `tick`. Default 30 s.
    pub fill_every: HumanDuration,
}

impl Default for DialOptions {
    fn default() -> DialOptions {
        DialOptions {
            timeout: HumanDuration::from_secs(5),
            max_concurrent: 8,
            backoff_min: HumanDuration::from_millis(20),
            backoff_max: HumanDuration::from_secs(5),
            breaker_failures: 5,
            breaker: Breaker::Report,
            probe_every: HumanDuration::from_secs(1),
            by: DialBy::Pool,
            elide: true,
            pace: HumanDuration::from_millis(25),
            rest: HumanDuration::ZERO,
            detached: true,
            orphan: Orphan::Queue,
            errors: DialErrors::Retry,
            attempts: 1,
            attempt_pause: HumanDuration::from_millis(100),
            fill_on: FillMoments::ALL,
            fill_every: HumanDuration::from_secs(30),
        }
    }
}

/// Whose a dial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DialBy {
    /// The pool's: who waits takes what comes first, a dial or a return.
    #[default]
    Pool,
    /// The caller's for whom it was begun, at once or when its turn came: it waits for that and
    /// nothing else.
    Caller,
    /// The caller's if it was begun at once; who had to wait takes what comes first, a return or a
    /// dial that begins when a place becomes free (`database/sql`).
    Opener,
}

/// Where the connection of a dial goes whose caller has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Orphan {
    /// To the first in the queue, or it is idle.
    #[default]
    Queue,
    /// To the first who waits for a dial of its own, whose own dial is nobody's then; else to the
    /// queue (go-redis v9).
    Dialing,
}

/// Whom the error of a dial is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DialErrors {
    /// Nobody, while it may still work: the pool tries again, with a pause that grows.
    #[default]
    Retry,
    /// The caller for whom it was begun, or whoever is first among those who wait.
    Caller,
    /// All who wait.
    All,
}

/// What an open breaker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Breaker {
    /// It is told of.
    #[default]
    Report,
    /// Who would need a dial fails at once, with the last error; one dial after another, every
    /// `probe_every`, tries whether the endpoint is back.
    FailFast,
}
