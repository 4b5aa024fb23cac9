//! The laws of every evict policy, and what this one promises besides.

use std::time::Duration;

use pool_{{role}}_{{crate_name}}::PLUGIN;
use pool_testkit::{Subject, json, promise};

// One test of all laws, with the defaults, with the example, and with each set of options given here.
pool_testkit::conformance!(PLUGIN, { "max_age": "1s" }, { "max_age": "never" });

#[test]
fn lifetimes_of_a_cohort_spread_over_the_last_tenth() {
    let minute = Duration::from_secs(60);
    promise::lifetimes_spread(PLUGIN, 27 * minute, 30 * minute);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let subject = Subject::new(PLUGIN, json!({ "max_age": "0s" }));
    promise::refused(subject, "max_age");
}
