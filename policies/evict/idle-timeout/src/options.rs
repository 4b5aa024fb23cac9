//! How long, when that is looked at, and how many stay all the same.

use pool_core::{HumanDuration, Moments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `idle-timeout`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IdleTimeoutOptions {
    /// How long a connection may be idle, counted from its last release, or from when it was ready if
    /// it was never leased; longer than zero, or `"never"`. Default 5 minutes.
    pub after: HumanDuration,
    /// When that is looked at; at least one moment. Default on acquire and in the background: one
    /// that just came back has not been idle. `sweep`: at each acquire, from the one released longest
    /// ago on, as far as the first that may stay.
    pub when: Moments,
    /// Whether a connection stays if closing it would leave fewer than `min_idle` idle. Default yes.
    pub floor: bool,
    /// Whether a connection was idle for too long only after its deadline, and not at it. Default no.
    pub strict: bool,
}

impl Default for IdleTimeoutOptions {
    fn default() -> IdleTimeoutOptions {
        IdleTimeoutOptions {
            after: HumanDuration::from_secs(5 * 60),
            when: Moments::ACQUIRE | Moments::BACKGROUND,
            floor: true,
            strict: false,
        }
    }
}
