//! The laws of every balance policy, and what this one promises besides.

use pool_balance_zone_first::PLUGIN;
use pool_testkit::{Subject, json, promise};

// One test of all laws, with the defaults, with the example, and with each set of options given here.
pool_testkit::conformance!(PLUGIN);

#[test]
fn while_nobody_is_busy_each_has_its_turn() {
    promise::served_in_order(PLUGIN, &[1, 1, 1], "a b c a b c");
}

#[test]
fn a_key_that_is_misspelled_is_refused() {
    let subject = Subject::new(PLUGIN, json!({ "zoen": "eu-1" }));
    promise::refused(subject, "zoen");
}
