//! How many endpoints, and whose choice.

use pool_core::OptionError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `rendezvous-subset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RendezvousSubsetOptions {
    /// So many endpoints serve; all of them if there are no more. At least 2, so that one can fail. Default 20.
    pub subset_size: u32,
    /// The name of this client, such as its host's: the subset is the same whenever it is started. Default: none, and
    /// the subset is another each time.
    pub client: String,
}

impl Default for RendezvousSubsetOptions {
    fn default() -> RendezvousSubsetOptions {
        RendezvousSubsetOptions { subset_size: 20, client: String::new() }
    }
}

impl RendezvousSubsetOptions {
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.subset_size < 2 {
            let said =
                format!("{} is too few, since one may fail; 2 or more are allowed, 20 is common", self.subset_size);
            return Err(OptionError::new("subset_size", said));
        }
        Ok(())
    }
}
