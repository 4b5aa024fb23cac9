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
    /// How long somebody may have waited and is still served, where others wait too; longer than zero, or
    /// `"never"` to turn nobody away. Default 1 second.
    pub patience: HumanDuration,
}

impl Default for {{project-name | pascal_case}}Options {
    fn default() -> Self {
        let patience = HumanDuration::from_secs(1);
        Self { patience }
    }
}
