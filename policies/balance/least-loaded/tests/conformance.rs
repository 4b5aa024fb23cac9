//! The laws of every balance policy, and what this one promises of load.

use pool_balance_least_loaded::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "failure_decay": "1s" }, { "failure_decay": "never" });

#[test]
fn the_pick_has_the_fewest_leases_for_its_weight() {
    promise::least_loaded(PLUGIN, &[1, 1, 1, 1]);
    promise::least_loaded(PLUGIN, &[5, 2, 1]);
}

#[test]
fn leases_out_are_shared_by_weight() {
    promise::in_flight_at_most(PLUGIN, &[1; 10], 40, 1.0);
    promise::in_flight_at_most(PLUGIN, &[3, 2, 1], 60, 1.1);
}

#[test]
fn an_endpoint_that_fails_fast_attracts_nothing() {
    promise::fast_failure_gets_at_most(PLUGIN, &[1; 5], 0.5);
    promise::fast_failure_gets_at_most(PLUGIN, &[3, 1, 1], 0.5);
}

#[test]
#[should_panic(expected = "are its due")]
fn by_the_published_rule_it_attracts_nearly_all() {
    promise::fast_failure_gets_at_most(Subject::new(PLUGIN, json!({ "failure_decay": "0s" })), &[1; 5], 2.0);
}

#[test]
fn a_slow_endpoint_gets_less() {
    promise::slow_endpoint_gets_at_most(PLUGIN, &[1; 5], 10, 0.25);
}

#[test]
fn a_newcomer_is_filled_and_not_flooded() {
    promise::newcomer_gets_at_most(PLUGIN, &[1; 5], 1, 1.5);
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "failure_decay": "soon" })), "failure_decay");
}
