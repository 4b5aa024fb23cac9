//! The laws of every release policy.

use pool_release_keep::PLUGIN;

pool_testkit::conformance!(PLUGIN);

#[test]
fn a_connection_is_never_closed_for_its_use() {
    pool_testkit::promise::kept_for(PLUGIN, None);
}
