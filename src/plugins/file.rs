//! Endpoints from a watched file, as a plugin.

use std::path::Path;

use pool_core::{Discovery, OptionError};
use pool_discovery_file::{FileDiscovery, FileOptions};

use crate::discovery::{DiscoveryFactory, DiscoveryPlugin};

/// The source as a plugin.
pub(super) const PLUGIN: DiscoveryPlugin = DiscoveryPlugin::of::<File>();

struct File;

impl DiscoveryFactory for File {
    const KIND: &'static str = "file";
    const SUMMARY: &'static str = "Endpoints from a file that is watched";
    const EXAMPLE: &'static str = "kind = \"file\"\npath = \"endpoints.toml\"\n";
    const CRATE: &'static str = "pool-discovery-file";
    type Options = FileOptions;

    fn build(options: FileOptions, base: &Path) -> Result<Box<dyn Discovery>, OptionError> {
        let path = if options.path.as_os_str().is_empty() { options.path.clone() } else { base.join(&options.path) };
        Ok(Box::new(FileDiscovery::new(FileOptions::new(path).interval(options.interval))?))
    }
}
