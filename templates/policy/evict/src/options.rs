//! What a configuration can tell the policy.

use pool_core::HumanDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `{{project-name}}`.
// Each field is a key of the configuration, its comment the word that `clearpool list` and editors show for it.
// An unknown key is a mistake, and told with its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct {{project-name | pascal_case}}Options {
    /// The oldest that a connection may become, counted from when its dial was done; longer than zero,
    /// or `"never"`. Default 30 minutes.
    pub max_age: HumanDuration,
}

impl Default for {{project-name | pascal_case}}Options {
    fn default() -> Self {
        let max_age = HumanDuration::from_secs(30 * 60);
        Self { max_age }
    }
}
