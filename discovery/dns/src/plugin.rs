//! The source as a plugin, which a configuration calls `dns`.

use std::path::Path;

use pool_core::{Discovery, DiscoveryFactory, DiscoveryPlugin, OptionError};

use crate::{DnsDiscovery, DnsOptions};

/// The source as a plugin, to be listed by an application.
///
/// ```
/// use std::path::Path;
/// use pool_discovery_dns::PLUGIN;
///
/// let base = Path::new("/etc/app");
/// PLUGIN.build(serde_json::json!({ "name": "orders.example.com:7001" }), base).expect("good options");
/// let mistake = PLUGIN.build(serde_json::json!({ "name": "orders.example.com" }), base).expect_err("no port");
/// assert_eq!(mistake.path, ["name"]);
/// ```
pub const PLUGIN: DiscoveryPlugin = DiscoveryPlugin::of::<Dns>();

struct Dns;

impl DiscoveryFactory for Dns {
    const KIND: &'static str = "dns";
    const SUMMARY: &'static str = "The addresses of a name in DNS, or the servers of a service";
    const EXAMPLE: &'static str =
        "kind = \"dns\"\nname = \"_grpc._tcp.orders.example.com\"\nservers = [\"10.0.0.2\"]\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = DnsOptions;

    fn build(options: DnsOptions, _: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        Ok(Box::new(DnsDiscovery::new(options)?))
    }
}
