//! The laws of every queue policy.

use pool_queue_adaptive_lifo::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "above": 0 }, { "above": 1, "give_up_after": "10ms" });

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "give_up_after": "0s" })), "give_up_after");
    promise::refused(Subject::new(PLUGIN, json!({ "above": -1 })), "above");
}
