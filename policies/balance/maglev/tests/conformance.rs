//! The laws of every balance policy, and what this one promises of keys and shares.

use pool_balance_maglev::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "table_size": 251 });

#[test]
fn shares_are_even() {
    promise::weighted_shares(PLUGIN, &[1, 1, 1, 1], 0.04);
    promise::weighted_shares(PLUGIN, &[5, 1, 2], 0.04);
}

#[test]
fn a_key_keeps_its_endpoint() {
    promise::same_key_same_endpoint(PLUGIN, &[1, 2, 5, 1]);
}

#[test]
fn one_that_joins_or_leaves_moves_at_most_two_in_n_keys() {
    for endpoints in [3, 10, 40] {
        promise::keys_move_at_most(PLUGIN, endpoints, 2.0 / endpoints as f64);
    }
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::shares(PLUGIN, &[1, 0, 1], &[1, 0, 1], 0.04);
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.04);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for size in [0, 1, 8, 65_536, 65_537 * 3, 655_379] {
        promise::refused(Subject::new(PLUGIN, json!({ "table_size": size })), "table_size");
    }
}
