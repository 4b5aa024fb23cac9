//! The source as a plugin, which a configuration calls `consul`.

use std::path::Path;

use pool_core::{Discovery, DiscoveryFactory, DiscoveryPlugin, OptionError};

use crate::{ConsulDiscovery, ConsulOptions};

/// The source as a plugin, to be listed by an application. Relative paths are meant from the directory of the
/// configuration file.
///
/// ```
/// use std::path::Path;
/// use pool_discovery_consul::PLUGIN;
///
/// let base = Path::new("/etc/app");
/// PLUGIN.build(serde_json::json!({ "service": "orders" }), base).expect("good options");
/// let mistake = PLUGIN.build(serde_json::json!({ "service": "orders", "wait": "1h" }), base).expect_err("too long");
/// assert_eq!(mistake.path, ["wait"]);
/// ```
pub const PLUGIN: DiscoveryPlugin = DiscoveryPlugin::of::<Consul>();

struct Consul;

impl DiscoveryFactory for Consul {
    const KIND: &'static str = "consul";
    const SUMMARY: &'static str = "The healthy instances of a service that Consul knows";
    const EXAMPLE: &'static str =
        "kind = \"consul\"\nservice = \"orders\"\naddress = \"http://127.0.0.1:8500\"\ntags = [\"v2\"]\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = ConsulOptions;

    fn build(options: ConsulOptions, base: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        // Joined to the base, an empty path would be a directory: it is refused as it is.
        options.check()?;
        Ok(Box::new(ConsulDiscovery::new(options.relative_to(base))?))
    }
}
