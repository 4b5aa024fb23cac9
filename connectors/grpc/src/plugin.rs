//! The connector as a plugin, which a configuration calls `grpc`.

use std::path::Path;

use pool_core::{Endpoint, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};

use crate::{GrpcConnector, GrpcOptions};

/// The connector as a plugin, to be listed by an application.
///
/// ```
/// use pool_connector_grpc::PLUGIN;
///
/// let mut connectors = pool_tokio::Connectors::new();
/// connectors.add(PLUGIN)?;
/// let options = PLUGIN.normalize(serde_json::json!({ "max_streams": 20 })).expect("good options");
/// assert_eq!(options["max_streams"], 20);
/// # Ok::<(), pool_tokio::ConnectorClash>(())
/// ```
pub const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Grpc>();

struct Grpc;

impl ConnectorFactory for Grpc {
    const KIND: &'static str = "grpc";
    const SUMMARY: &'static str = "gRPC over HTTP/2: connections shared by calls, with health checks and TLS if wanted";
    const EXAMPLE: &'static str = "kind = \"grpc\"\nmax_streams = 100\nhealth = { service = \"\" }\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = GrpcOptions;
    type Connector = GrpcConnector;

    fn build(options: GrpcOptions) -> Result<GrpcConnector, OptionError> {
        GrpcConnector::new(options)
    }

    fn relative_to(options: GrpcOptions, base: &Path) -> GrpcOptions {
        options.relative_to(base)
    }

    fn check_endpoint(options: &GrpcOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        let checked = GrpcConnector::check_address(options, &endpoint.address);
        checked.map_err(|error| OptionError::new("address", error.to_string()))
    }
}
