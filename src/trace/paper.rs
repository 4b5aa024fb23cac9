//! The connector of a case: the simulation makes the connections, this one only stands in the
//! configuration, which wants one.

use std::convert::Infallible;

use pool_core::{ConnectCx, Connector, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the configuration of a case calls it.
pub(super) const KIND: &str = "on-paper";

/// It, as a plugin.
pub(super) const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Paper>();

pub(super) struct Paper;

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NoOptions {}

impl ConnectorFactory for Paper {
    const KIND: &'static str = KIND;
    const SUMMARY: &'static str = "Connections that lead nowhere, for cases";
    const EXAMPLE: &'static str = "kind = \"on-paper\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = NoOptions;
    type Connector = Paper;

    fn build(_: NoOptions) -> Result<Paper, OptionError> {
        Ok(Paper)
    }
}

impl Connector for Paper {
    type Connection = ();
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<(), Infallible> {
        Ok(())
    }
}
