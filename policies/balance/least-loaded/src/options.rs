//! How long failures are held against an endpoint.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `least-loaded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LeastLoadedOptions {
    /// In this time an endpoint's rate of failures fades to 1/e when it has no leases. Zero: failures do not count, as
    /// with HAProxy. Default 10 seconds.
    pub failure_decay: HumanDuration,
}

impl Default for LeastLoadedOptions {
    fn default() -> LeastLoadedOptions {
        LeastLoadedOptions { failure_decay: HumanDuration::from_secs(10) }
    }
}
