//! What a configuration can tell the policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `zone-first`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ZoneFirstOptions {
    /// The zone whose endpoints serve first, as they have it in their metadata. Default empty: that of those that
    /// have none.
    pub zone: String,
}
