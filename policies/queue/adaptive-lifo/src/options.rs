//! When a queue is one, and when it is in vain to wait.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `adaptive-lifo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AdaptiveLifoOptions {
    /// If more than so many callers wait, the newest is served first; if not, the oldest. Default 10.
    pub above: u32,
    /// While the newest are served first, who has waited longer than this is turned away; longer than zero, or
    /// `"never"`. Default never: they wait until their own time is over.
    pub give_up_after: HumanDuration,
}

impl Default for AdaptiveLifoOptions {
    fn default() -> AdaptiveLifoOptions {
        AdaptiveLifoOptions { above: 10, give_up_after: HumanDuration::NEVER }
    }
}
