//! The connector as a plugin, which a configuration calls `http`.

use std::path::Path;

use pool_core::{Discovery, DiscoveryFactory, DiscoveryPlugin, Endpoint, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{HttpConnector, HttpOptions, OnDemand, route};

/// The connector as a plugin, to be listed by an application.
///
/// ```
/// use pool_connector_http::PLUGIN;
///
/// let mut connectors = pool_tokio::Connectors::new();
/// connectors.add(PLUGIN)?;
/// let options = PLUGIN.normalize(serde_json::json!({ "response_timeout": "2s" })).expect("good options");
/// assert_eq!(options["version"], "auto");
/// # Ok::<(), pool_tokio::ConnectorClash>(())
/// ```
pub const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Http>();

/// The source of endpoints of a pool to which they come with the requests, to be listed by an application.
pub const ON_DEMAND: DiscoveryPlugin = DiscoveryPlugin::of::<Requests>();

struct Http;

impl ConnectorFactory for Http {
    const KIND: &'static str = "http";
    const SUMMARY: &'static str = "HTTP/1.1 and HTTP/2, for a pooled client";
    const EXAMPLE: &'static str = "kind = \"http\"\nversion = \"auto\"\nresponse_timeout = \"10s\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = HttpOptions;
    type Connector = HttpConnector;

    fn build(options: HttpOptions) -> Result<HttpConnector, OptionError> {
        HttpConnector::new(options)
    }

    fn relative_to(options: HttpOptions, base: &Path) -> HttpOptions {
        options.relative_to(base)
    }

    fn check_endpoint(options: &HttpOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        HttpConnector::check_address(options, &endpoint.address)?;
        route::check_metadata(endpoint)
    }
}

struct Requests;

/// There is nothing to say.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct OnDemandOptions {}

impl DiscoveryFactory for Requests {
    const KIND: &'static str = "on-demand";
    const SUMMARY: &'static str = "Endpoints come with the requests of an open HTTP client";
    const EXAMPLE: &'static str = "kind = \"on-demand\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = OnDemandOptions;

    fn build(_: OnDemandOptions, _: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        Ok(Box::new(OnDemand))
    }
}
