//! What a configuration can tell the policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `{{project-name}}`.
// Each field is a key of the configuration, its comment the word that `clearpool list` and editors show for it.
// An unknown key is a mistake, and told with its line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct {{project-name | pascal_case}}Options {
    /// Whether all endpoints count alike, whatever their weights. Default no.
    pub ignore_weights: bool,
}
