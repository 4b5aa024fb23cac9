//! How many failures, and when it is tried again.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `proven-reuse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ProvenReuseOptions {
    /// So many second leases have to fail at an endpoint, without one that went well in between, until its connections
    /// are closed after their first; at least 1. Default 3.
    #[schemars(range(min = 1))]
    pub failures: u32,
    /// After how long one connection is kept again, to see whether its reuse works by now; longer than zero, or
    /// `"never"`. Default 30 seconds.
    pub retry_after: HumanDuration,
}

impl Default for ProvenReuseOptions {
    fn default() -> ProvenReuseOptions {
        ProvenReuseOptions { failures: 3, retry_after: HumanDuration::from_secs(30) }
    }
}
