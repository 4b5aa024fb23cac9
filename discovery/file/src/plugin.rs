//! The source as a plugin, which a configuration calls `file`.

use std::path::Path;

use pool_core::{Discovery, DiscoveryFactory, DiscoveryPlugin, OptionError, Stability};

use crate::{FileDiscovery, FileOptions};

/// The source as a plugin, to be listed by an application. A relative path is meant from the
/// directory of the configuration file.
///
/// ```
/// use std::path::Path;
/// use pool_discovery_file::PLUGIN;
///
/// let base = Path::new("/etc/app");
/// PLUGIN.build(serde_json::json!({ "path": "endpoints.toml" }), base).expect("good options");
/// let mistake = PLUGIN.build(serde_json::json!({ "path": "" }), base).expect_err("no path");
/// assert_eq!(mistake.path, ["path"]);
/// ```
pub const PLUGIN: DiscoveryPlugin = DiscoveryPlugin::of::<File>();

struct File;

impl DiscoveryFactory for File {
    const KIND: &'static str = "file";
    const SUMMARY: &'static str = "Endpoints from a file that is watched";
    const EXAMPLE: &'static str = "kind = \"file\"\npath = \"endpoints.toml\"\n";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const STABILITY: Stability = Stability::Stable;
    type Options = FileOptions;

    fn build(options: FileOptions, base: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        // Joined to the base, an empty path would be a directory: it is refused as it is.
        let path = if options.path.as_os_str().is_empty() { options.path.clone() } else { base.join(&options.path) };
        Ok(Box::new(FileDiscovery::new(FileOptions::new(path).interval(options.interval))?))
    }
}
