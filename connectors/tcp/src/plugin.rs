//! The connector as a plugin, which a configuration calls `tcp`.

use std::path::Path;

use pool_core::{Endpoint, OptionError, Stability};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};

use crate::{TcpConnector, TcpOptions};

/// The connector as a plugin, to be listed by an application.
///
/// ```
/// use pool_connector_tcp::PLUGIN;
///
/// let mut connectors = pool_tokio::Connectors::new();
/// connectors.add(PLUGIN)?;
/// let options = PLUGIN.normalize(serde_json::json!({ "nodelay": false })).expect("good options");
/// assert_eq!(options["nodelay"], false);
/// # Ok::<(), pool_tokio::ConnectorClash>(())
/// ```
pub const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Tcp>();

struct Tcp;

impl ConnectorFactory for Tcp {
    const KIND: &'static str = "tcp";
    const SUMMARY: &'static str = "Connections over TCP and Unix sockets, with TLS if wanted";
    const EXAMPLE: &'static str = "kind = \"tcp\"\nnodelay = true\nkeepalive = \"60s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    type Options = TcpOptions;
    type Connector = TcpConnector;

    fn build(options: TcpOptions) -> Result<TcpConnector, OptionError> {
        TcpConnector::new(options)
    }

    fn relative_to(options: TcpOptions, base: &Path) -> TcpOptions {
        TcpOptions { tls: options.tls.map(|tls| tls.relative_to(base)), ..options }
    }

    fn check_endpoint(_: &TcpOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        TcpConnector::check_address(&endpoint.address).map_err(|error| OptionError::new("address", error.to_string()))
    }
}
