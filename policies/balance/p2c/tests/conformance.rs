//! The laws of every balance policy, and what this one promises of load.

use pool_balance_p2c::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "choice_count": 10 }, { "failure_decay": "0s" });

#[test]
fn no_endpoint_has_many_more_leases_than_its_due() {
    promise::in_flight_at_most(PLUGIN, &[1; 10], 40, 2.0);
    promise::in_flight_at_most(Subject::new(PLUGIN, json!({ "choice_count": 10 })), &[1; 10], 40, 1.5);
}

#[test]
fn weights_play_no_part() {
    promise::shares(PLUGIN, &[5, 1, 2], &[1, 1, 1], 0.05);
}

#[test]
fn an_endpoint_that_fails_fast_attracts_nothing() {
    promise::fast_failure_gets_at_most(PLUGIN, &[1; 5], 0.5);
}

#[test]
#[should_panic(expected = "are its due")]
fn by_the_published_rule_it_attracts_twice_its_share() {
    promise::fast_failure_gets_at_most(Subject::new(PLUGIN, json!({ "failure_decay": "0s" })), &[1; 5], 1.5);
}

#[test]
fn a_slow_endpoint_gets_less() {
    promise::slow_endpoint_gets_at_most(PLUGIN, &[1; 5], 10, 0.4);
}

#[test]
fn a_newcomer_is_not_flooded() {
    promise::newcomer_gets_at_most(PLUGIN, &[1; 5], 1, 2.0);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for choices in [json!(1), json!(11), json!(-2), json!("two")] {
        promise::refused(Subject::new(PLUGIN, json!({ "choice_count": choices })), "choice_count");
    }
    promise::refused(Subject::new(PLUGIN, json!({ "failure_decay": 10 })), "failure_decay");
}
