//! The laws of every balance policy, and what this one promises of load.

use pool_balance_peak_ewma::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "decay_time": "1ms" }, { "decay_time": "never", "failure_penalty": "never" });

#[test]
fn no_endpoint_has_many_more_leases_than_its_due() {
    promise::in_flight_at_most(PLUGIN, &[1; 10], 40, 2.5);
}

#[test]
fn an_endpoint_that_fails_fast_attracts_nothing() {
    promise::fast_failure_gets_at_most(PLUGIN, &[1; 5], 0.1);
}

#[test]
#[should_panic(expected = "are its due")]
fn without_a_penalty_it_attracts_whoever_draws_it() {
    promise::fast_failure_gets_at_most(Subject::new(PLUGIN, json!({ "failure_penalty": "0s" })), &[1; 5], 1.9);
}

#[test]
fn a_slow_endpoint_gets_next_to_nothing() {
    promise::slow_endpoint_gets_at_most(PLUGIN, &[1; 5], 10, 0.1);
}

#[test]
fn a_newcomer_is_not_flooded() {
    promise::newcomer_gets_at_most(PLUGIN, &[1; 5], 1, 2.0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "decay_time": "0s" })), "decay_time");
    promise::refused(Subject::new(PLUGIN, json!({ "failure_penalty": -1 })), "failure_penalty");
}
