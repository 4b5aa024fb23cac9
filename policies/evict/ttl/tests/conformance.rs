//! The laws of every evict policy, and the spread of lifetimes that this one promises.

use std::time::Duration;

use pool_evict_ttl::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(
    PLUGIN,
    { "max_age": "1s", "jitter": 0.0 },
    { "max_age": "1h", "jitter": 0.99, "when": ["background"] },
    { "max_age": "never" },
    { "max_age": "1s", "when": ["sweep"], "strict": true },
    { "max_age": "1s", "jitter": 0, "when": ["acquire", "sweep"] },
);

#[test]
fn lifetimes_of_a_cohort_spread_over_the_last_tenth() {
    promise::lifetimes_spread(PLUGIN, Duration::from_secs(27 * 60), Duration::from_secs(30 * 60));
}

#[test]
fn without_jitter_all_become_equally_old() {
    let hour = Duration::from_secs(3600);
    promise::lifetimes_spread(Subject::new(PLUGIN, json!({ "max_age": "1h", "jitter": 0 })), hour, hour);
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "max_age": "0s" })), "max_age");
    promise::refused(Subject::new(PLUGIN, json!({ "jitter": 1.5 })), "jitter");
    promise::refused(Subject::new(PLUGIN, json!({ "when": [] })), "when");
    promise::refused(Subject::new(PLUGIN, json!({ "when": ["birth"] })), "when");
}
