//! How long, how exactly, and when that is looked at.

use pool_core::{HumanDuration, Moments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `reopen`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReopenOptions {
    /// How long a connection may be idle, counted from its last release, or from when it was ready if it was never
    /// leased; longer than zero, or `"never"`. Default 30 minutes.
    pub after: HumanDuration,
    /// The part of `after` that is taken off by chance, drawn once for each connection: from 0 (none) to 1.
    /// Default 0.1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub jitter: f64,
    /// When that is looked at; at least one moment. Default on acquire and in the background. `sweep`: at each acquire,
    /// from the one released longest ago on, as far as the first that may stay.
    pub when: Moments,
}

impl Default for ReopenOptions {
    fn default() -> ReopenOptions {
        let after = HumanDuration::from_secs(30 * 60);
        ReopenOptions { after, jitter: 0.1, when: Moments::ACQUIRE | Moments::BACKGROUND }
    }
}
