//! The laws of every evict policy, and the idle time that this one promises.

use std::time::Duration;

use pool_evict_idle_timeout::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(
    PLUGIN,
    { "after": "1ms", "when": ["acquire"] },
    { "after": "1h", "floor": false },
    { "after": "never" },
    { "after": "1s", "when": ["sweep"], "strict": true, "floor": false },
);

#[test]
fn idle_for_five_minutes_unless_told_otherwise() {
    promise::idle_at_most(PLUGIN, Duration::from_secs(300));
    promise::idle_at_most(Subject::new(PLUGIN, json!({ "after": "2s" })), Duration::from_secs(2));
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "after": "0s" })), "after");
    promise::refused(Subject::new(PLUGIN, json!({ "after": 5 })), "after");
    promise::refused(Subject::new(PLUGIN, json!({ "when": [] })), "when");
}
