//! How many are compared, and how long failures are held against an endpoint.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `p2c`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PowerOfChoicesOptions {
    /// How many endpoints are drawn and compared, from 2 to 10. Default 2.
    #[schemars(range(min = 2, max = 10))]
    pub choice_count: u32,
    /// In this time an endpoint's rate of failures fades to 1/e when it has no leases. Zero: failures do not count, as
    /// with gRPC and Envoy. Default 10 seconds.
    pub failure_decay: HumanDuration,
}

impl Default for PowerOfChoicesOptions {
    fn default() -> PowerOfChoicesOptions {
        PowerOfChoicesOptions { choice_count: 2, failure_decay: HumanDuration::from_secs(10) }
    }
}
