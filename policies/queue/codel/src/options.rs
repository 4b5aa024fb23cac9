//! Which waits are too long.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `codel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CodelOptions {
    /// If even the shortest wait of an interval is longer than this, the pool is overloaded; in overload, who has
    /// waited for more than twice as long is turned away. Longer than zero. Default 5 ms.
    pub target: HumanDuration,
    /// How long the shortest wait is looked for; longer than `target`, and best about as long as the slowest leases
    /// last. Default 100 ms.
    pub interval: HumanDuration,
}

impl Default for CodelOptions {
    fn default() -> CodelOptions {
        CodelOptions { target: HumanDuration::from_millis(5), interval: HumanDuration::from_millis(100) }
    }
}
