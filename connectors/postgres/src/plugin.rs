//! The connector as a plugin, which a configuration calls `postgres`.

use std::path::Path;

use pool_core::{Endpoint, OptionError};
use pool_tokio::{ConnectorFactory, ConnectorPlugin};

use crate::address::Address;
use crate::road::NO_TLS;
use crate::{PostgresConnector, PostgresOptions, SslMode, login};

/// The connector as a plugin, to be listed by an application.
///
/// ```
/// use pool_connector_postgres::PLUGIN;
///
/// let mut connectors = pool_tokio::Connectors::new();
/// connectors.add(PLUGIN)?;
/// let options = PLUGIN.normalize(serde_json::json!({ "user": "till" })).expect("good options");
/// assert_eq!(options["reset"], "rollback");
/// # Ok::<(), pool_tokio::ConnectorClash>(())
/// ```
pub const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Postgres>();

struct Postgres;

impl ConnectorFactory for Postgres {
    const KIND: &'static str = "postgres";
    const SUMMARY: &'static str = "Connections to PostgreSQL, which come back clean or are closed";
    const EXAMPLE: &'static str = "kind = \"postgres\"\nuser = \"till\"\ndatabase = \"orders\"\n\
                                   password_file = \"/run/secrets/orders\"\nsettings = { statement_timeout = \"5s\" }\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = PostgresOptions;
    type Connector = PostgresConnector;

    fn build(options: PostgresOptions) -> Result<PostgresConnector, OptionError> {
        PostgresConnector::new(options)
    }

    fn relative_to(options: PostgresOptions, base: &Path) -> PostgresOptions {
        options.relative_to(base)
    }

    fn check_endpoint(options: &PostgresOptions, endpoint: &Endpoint) -> Result<(), OptionError> {
        let mistake = |why: String| OptionError::new("address", why);
        let address = Address::parse(&endpoint.address).map_err(|error| mistake(error.to_string()))?;
        login::user(options, &address).map_err(|error| mistake(error.to_string()))?;
        let speaks_tls = address.said.ssl_mode.is_some_and(|mode| mode != SslMode::Disable) && !address.is_local();
        if speaks_tls && options.tls.is_none() && options.ssl_mode() == SslMode::Disable {
            return Err(mistake(format!("bad address `{address}`: {NO_TLS}")));
        }
        Ok(())
    }
}
