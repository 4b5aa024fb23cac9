//! Where connections lead.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One place that connections lead to, as discovery names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The name that stays when the address changes. Default: the address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The address, in the connector's own form: `host:port`, a socket's path, a URL.
    pub address: String,
    /// The share of the load that it should get, relative to the others. Default 1; 0 gives it none.
    #[serde(default = "one")]
    pub weight: u32,
    /// Anything a connector or a policy may want to know: zone, role, version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

impl Endpoint {
    /// An endpoint with weight 1 and no metadata, named by its address.
    pub fn new(address: impl Into<String>) -> Endpoint {
        Endpoint { id: String::new(), address: address.into(), weight: 1, metadata: BTreeMap::new() }
    }

    /// The same with another weight.
    #[must_use]
    pub fn weight(self, weight: u32) -> Endpoint {
        Endpoint { weight, ..self }
    }

    /// The name that stays: `id`, or the address where no id was given.
    pub fn name(&self) -> &str {
        if self.id.is_empty() { &self.address } else { &self.id }
    }
}

impl From<&str> for Endpoint {
    fn from(address: &str) -> Endpoint {
        Endpoint::new(address)
    }
}
