//! What a configuration can tell the policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `{{project-name}}`.
// Each field is a key of the configuration, its comment the word that `clearpool list` and editors show for it.
// An unknown key is a mistake, and told with its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct {{project-name | pascal_case}}Options {
    /// Failed leases in a row after which an endpoint rests; at least 1. Default 5.
    #[schemars(range(min = 1))]
    pub max_failures: u32,
}

impl Default for {{project-name | pascal_case}}Options {
    fn default() -> Self {
        Self { max_failures: 5 }
    }
}
