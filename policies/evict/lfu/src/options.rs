//! How long a connection is new.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `lfu`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LfuOptions {
    /// By how much each connection counts as older than it is: one that is new takes the place of one that is used
    /// less than about once in this time. `"0s"`: ages as they are; `"never"`: uses alone. Default 1 minute.
    pub warm_up: HumanDuration,
}

impl Default for LfuOptions {
    fn default() -> LfuOptions {
        LfuOptions { warm_up: HumanDuration::from_secs(60) }
    }
}
