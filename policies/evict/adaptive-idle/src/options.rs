//! How often, and how many stay.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `adaptive-idle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AdaptiveIdleOptions {
    /// How often it looks how many were needed, and closes half of the others; at least 1 ms. Default 5 seconds.
    pub every: HumanDuration,
    /// So many idle connections more than needed stay at each endpoint. Default 0.
    pub spare: u32,
}

impl Default for AdaptiveIdleOptions {
    fn default() -> AdaptiveIdleOptions {
        AdaptiveIdleOptions { every: HumanDuration::from_secs(5), spare: 0 }
    }
}
