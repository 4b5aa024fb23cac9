//! Promises about load.

use pool_testkit::{mutants, promise};

use crate::models::{EVEN, GULLIBLE, LEAST_LOADED, RENDEZVOUS};

#[test]
fn a_policy_that_counts_leases_keeps_them() {
    promise::least_loaded(LEAST_LOADED, &[1, 1, 1]);
    promise::least_loaded(LEAST_LOADED, &[5, 2, 1]);
    promise::in_flight_at_most(LEAST_LOADED, &[1, 1, 1, 1], 20, 1.0);
    promise::in_flight_at_most(LEAST_LOADED, &[3, 1], 20, 1.0);
    promise::fast_failure_gets_at_most(LEAST_LOADED, &[1, 1, 1, 1], 0.2);
    promise::slow_endpoint_gets_at_most(LEAST_LOADED, &[1, 1, 1, 1], 10, 0.2);
    promise::newcomer_gets_at_most(LEAST_LOADED, &[1, 1, 1], 1, 1.5);
}

#[test]
#[should_panic(expected = "it picked e1.0 with 1 leases for a weight of 1, and there is e0.0 with 1 leases")]
fn another_is_less_loaded() {
    promise::least_loaded(mutants::balance::COUNTS_IN_PICK, &[5, 1]);
}

#[test]
#[should_panic(expected = "10 are its due")]
fn one_has_too_many_in_flight() {
    promise::in_flight_at_most(RENDEZVOUS, &[1, 1], 20, 1.0);
}

#[test]
#[should_panic(expected = "the first, which ends failed after 100µs, got 1")]
fn a_fast_failure_seems_to_be_free() {
    promise::fast_failure_gets_at_most(GULLIBLE, &[1, 1, 1, 1], 2.0);
}

#[test]
#[should_panic(expected = "the first, which ends ok after 100ms, got ")]
fn a_slow_one_gets_as_much_as_the_others() {
    promise::slow_endpoint_gets_at_most(RENDEZVOUS, &[1, 1, 1, 1], 10, 0.5);
}

#[test]
#[should_panic(expected = "the newcomer got 40, 10 are its due")]
fn a_newcomer_is_flooded() {
    promise::newcomer_gets_at_most(EVEN, &[1, 1, 1], 1, 3.0);
}

#[test]
#[should_panic(expected = "the newcomer got 0, 10 are its due")]
fn a_newcomer_is_not_noticed() {
    promise::newcomer_gets_at_most(mutants::balance::CLOSED_SOCIETY, &[1, 1, 1], 1, 3.0);
}
