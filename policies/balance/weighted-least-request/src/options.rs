//! How much leases count, how many endpoints are compared, and how long failures are held against one.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `weighted-least-request`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct WeightedLeastRequestOptions {
    /// How much the leases that an endpoint has take from its weight, which is divided by `(leases + 1)` to the power
    /// of this; from 0 on. 0: leases do not count, and endpoints have their turns by weight, also if all weights are
    /// equal. Default 1.
    #[schemars(range(min = 0.0))]
    pub active_request_bias: f64,
    /// How many endpoints are drawn and compared if all weights are equal, from 2 to 10. Default 2.
    #[schemars(range(min = 2, max = 10))]
    pub choice_count: u32,
    /// In this time an endpoint's rate of failures fades to 1/e when it has no leases. Zero: failures do not count, as
    /// with Envoy. Default 10 seconds.
    pub failure_decay: HumanDuration,
}

impl Default for WeightedLeastRequestOptions {
    fn default() -> WeightedLeastRequestOptions {
        WeightedLeastRequestOptions {
            active_request_bias: 1.0,
            choice_count: 2,
            failure_decay: HumanDuration::from_secs(10),
        }
    }
}
