//! With which endpoint it begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `round-robin`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RoundRobinOptions {
    /// The endpoint whose turn is the first, by its place in the order of discovery, from 0; counted on
    /// from the first again if there are fewer. Default 0.
    pub first: u32,
}
