//! There is nothing to be set.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `random`: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RandomOptions {}
