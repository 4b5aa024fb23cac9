//! The connector as a plugin, which a configuration calls `redis`.

use std::path::Path;

use pool_core::{Endpoint, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};

use crate::{RedisConnector, RedisOptions};

/// The connector as a plugin, to be listed by an application.
///
/// ```
/// use pool_connector_redis::PLUGIN;
///
/// let mut connectors = pool_tokio::Connectors::new();
/// connectors.add(PLUGIN)?;
/// let options = PLUGIN.normalize(serde_json::json!({ "database": 2 })).expect("good options");
/// assert_eq!(options["response_timeout"], "5s");
/// # Ok::<(), pool_tokio::ConnectorClash>(())
/// ```
pub const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Redis>();

struct Redis;

impl ConnectorFactory for Redis {
    const KIND: &'static str = "redis";
    const SUMMARY: &'static str =
        "Connections to Redis, each given back as it was: transactions, subscriptions, databases";
    const EXAMPLE: &'static str = "kind = \"redis\"\ndatabase = 2\npassword_file = \"/run/secrets/redis\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = RedisOptions;
    type Connector = RedisConnector;

    fn build(options: RedisOptions) -> Result<RedisConnector, OptionError> {
        RedisConnector::new(options)
    }

    fn relative_to(options: RedisOptions, base: &Path) -> RedisOptions {
        options.relative_to(base)
    }

    fn check_endpoint(options: &RedisOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        RedisConnector::check_address(options, &endpoint.address)
            .map_err(|error| OptionError::new("address", error.to_string()))
    }
}
