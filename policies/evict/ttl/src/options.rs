//! How old, how exactly, and when that is looked at.

use pool_core::{HumanDuration, Moments};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `ttl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TtlOptions {
    /// The oldest that a connection may become, counted from when its dial was done; longer than zero,
    /// or `"never"`. Default 30 minutes.
    pub max_age: HumanDuration,
    /// The part of `max_age` that is taken off by chance, drawn once for each connection: from 0 (all
    /// become equally old) to 1. Default 0.1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub jitter: f64,
    /// When the age is looked at; at least one moment. Default when it would be handed out, when it
    /// comes back, and in the background. `sweep`: at each acquire, from the one released longest ago
    /// on, as far as the first that is not too old.
    pub when: Moments,
    /// Whether a connection is too old only after its deadline, and not at it. Default no.
    pub strict: bool,
}

impl Default for TtlOptions {
    fn default() -> TtlOptions {
        TtlOptions { max_age: HumanDuration::from_secs(30 * 60), jitter: 0.1, when: Moments::ALL, strict: false }
    }
}
