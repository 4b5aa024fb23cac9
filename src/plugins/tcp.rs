//! The TCP connector as a plugin.

use pool_connector_tcp::{TcpConnector, TcpOptions};
use pool_core::{Endpoint, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};

/// The connector as a plugin.
pub(super) const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Tcp>();

struct Tcp;

impl ConnectorFactory for Tcp {
    const KIND: &'static str = "tcp";
    const SUMMARY: &'static str = "Connections over TCP and Unix sockets, with TLS if wanted";
    const EXAMPLE: &'static str = "kind = \"tcp\"\nnodelay = true\nkeepalive = \"60s\"\n";
    const CRATE: &'static str = "pool-connector-tcp";
    type Options = TcpOptions;
    type Connector = TcpConnector;

    fn build(options: TcpOptions) -> Result<TcpConnector, OptionError> {
        TcpConnector::new(options)
    }

    fn check_endpoint(_: &TcpOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        TcpConnector::check_address(&endpoint.address).map_err(|error| OptionError::new("address", error.to_string()))
    }
}
