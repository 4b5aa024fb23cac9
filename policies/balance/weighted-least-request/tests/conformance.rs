//! The laws of every balance policy, and what this one promises of shares and load.

use pool_balance_weighted_least_request::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(
    PLUGIN,
    { "active_request_bias": 0.0 },
    { "active_request_bias": 3.5 },
    { "choice_count": 10, "failure_decay": "never" }
);

#[test]
fn without_a_bias_shares_are_those_of_the_weights() {
    let plain = || Subject::new(PLUGIN, json!({ "active_request_bias": 0 }));
    promise::weighted_shares(plain(), &[5, 2, 1], 0.001);
    promise::weighted_shares(plain(), &[1, 0, 3], 0.001);
    promise::served_in_order(plain(), &[2, 4], "b a b b a b b a b");
}

#[test]
fn all_weights_zero_is_all_alike() {
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.05);
}

#[test]
fn leases_out_are_shared_by_the_roots_of_the_weights() {
    // The published rule comes to rest where leases are as the roots of the weights: 14.5 of 60 for the third.
    promise::in_flight_at_most(PLUGIN, &[3, 2, 1], 60, 2.0);
    promise::in_flight_at_most(PLUGIN, &[1; 10], 40, 2.0);
}

#[test]
fn an_endpoint_that_fails_fast_attracts_nothing() {
    promise::fast_failure_gets_at_most(PLUGIN, &[3, 1, 1, 1], 0.5);
    promise::fast_failure_gets_at_most(PLUGIN, &[1; 5], 0.5);
}

#[test]
fn a_slow_endpoint_gets_less() {
    promise::slow_endpoint_gets_at_most(PLUGIN, &[3, 1, 1, 1], 10, 0.6);
    promise::slow_endpoint_gets_at_most(PLUGIN, &[1; 5], 10, 0.4);
}

#[test]
fn a_newcomer_is_not_flooded() {
    promise::newcomer_gets_at_most(PLUGIN, &[3, 1, 1, 1], 2, 2.0);
    promise::newcomer_gets_at_most(PLUGIN, &[1; 5], 1, 2.0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "active_request_bias": -0.5 })), "active_request_bias");
    promise::refused(Subject::new(PLUGIN, json!({ "choice_count": 1 })), "choice_count");
}
