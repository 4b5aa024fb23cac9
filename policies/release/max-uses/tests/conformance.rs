//! The laws of every release policy, and the count that this one promises.

use pool_release_max_uses::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "uses": 1 }, { "uses": 3 }, { "uses": 4_294_967_295_u32 });

#[test]
fn a_connection_serves_as_many_leases_as_configured() {
    for uses in [1, 2, 50] {
        promise::kept_for(Subject::new(PLUGIN, json!({ "uses": uses })), Some(uses));
    }
}

#[test]
fn the_number_is_required_and_not_zero() {
    promise::refused(Subject::new(PLUGIN, json!({})), "uses");
    promise::refused(Subject::new(PLUGIN, json!({ "uses": 0 })), "uses");
    promise::refused(Subject::new(PLUGIN, json!({ "uses": -1 })), "uses");
}
