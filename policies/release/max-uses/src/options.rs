//! How many leases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `max-uses`.
///
/// `uses` has no default, and so the whole has none: any number that we chose would be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MaxUsesOptions {
    /// The leases after which a connection is closed; at least 1, which means a fresh connection
    /// for every lease. Required.
    #[schemars(range(min = 1))]
    pub uses: u32,
}
