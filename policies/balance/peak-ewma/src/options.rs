//! How long a latency is remembered, and what a failure counts as.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `peak-ewma`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PeakEwmaOptions {
    /// In this time a latency decays to 1/e when nothing is learned; longer than zero. Default 10 seconds.
    pub decay_time: HumanDuration,
    /// A lease that ends otherwise than well counts as held for at least so long. Zero: for as long as it was held, as
    /// with Finagle. Default 5 seconds.
    pub failure_penalty: HumanDuration,
}

impl Default for PeakEwmaOptions {
    fn default() -> PeakEwmaOptions {
        PeakEwmaOptions { decay_time: HumanDuration::from_secs(10), failure_penalty: HumanDuration::from_secs(5) }
    }
}
