//! Promises about keys.

use pool_testkit::{mutants, promise};

use crate::models::{MODULO, RENDEZVOUS, SUBSET};

#[test]
fn a_policy_that_hashes_well_keeps_them() {
    promise::same_key_same_endpoint(RENDEZVOUS, &[1, 1, 1]);
    promise::keys_move_at_most(RENDEZVOUS, 10, 0.12);
    promise::no_key_moves_between_those_that_stay(RENDEZVOUS, 10);
    promise::weighted_shares(RENDEZVOUS, &[1, 1, 1], 0.05);
    promise::serves_from_a_subset(SUBSET, 10, 3);
}

#[test]
#[should_panic(expected = "a key led to e0.0, and asked again to e")]
fn a_key_leads_here_and_there() {
    promise::same_key_same_endpoint(mutants::balance::STUMBLES, &[1, 1, 1]);
}

#[test]
#[should_panic(expected = "a leave of 10 moved 0.8")]
fn nearly_all_keys_move() {
    promise::keys_move_at_most(MODULO, 10, 0.2);
}

#[test]
#[should_panic(expected = "moved a key from ")]
fn a_key_moves_without_need() {
    promise::no_key_moves_between_those_that_stay(MODULO, 10);
}

#[test]
#[should_panic(expected = "it serves from 10, promised 3")]
fn all_of_them_are_no_subset() {
    promise::serves_from_a_subset(RENDEZVOUS, 10, 3);
}
