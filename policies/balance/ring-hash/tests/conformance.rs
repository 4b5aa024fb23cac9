//! The laws of every balance policy, and what this one promises of keys and shares.

use pool_balance_ring_hash::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "min_ring_size": 100, "max_ring_size": 100 }, { "hash_balance_factor": 125 });

#[test]
fn shares_are_right_within_what_the_places_allow() {
    promise::weighted_shares(PLUGIN, &[1, 1, 1, 1], 0.1);
    promise::weighted_shares(PLUGIN, &[5, 1, 2], 0.1);
}

#[test]
fn a_key_keeps_its_endpoint() {
    promise::same_key_same_endpoint(PLUGIN, &[1, 2, 5, 1]);
}

#[test]
fn only_the_keys_of_one_that_joins_or_leaves_move() {
    for endpoints in [2, 10, 40] {
        promise::no_key_moves_between_those_that_stay(PLUGIN, endpoints);
        promise::keys_move_at_most(PLUGIN, endpoints, 1.25 / endpoints as f64);
    }
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::shares(PLUGIN, &[1, 0, 1], &[1, 0, 1], 0.1);
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (options, key) in [
        (json!({ "min_ring_size": 0 }), "min_ring_size"),
        (json!({ "min_ring_size": 2048, "max_ring_size": 2047 }), "min_ring_size"),
        (json!({ "min_ring_size": 1, "max_ring_size": 0 }), "max_ring_size"),
        (json!({ "max_ring_size": 1_048_577 }), "max_ring_size"),
        (json!({ "hash_balance_factor": 100 }), "hash_balance_factor"),
    ] {
        promise::refused(Subject::new(PLUGIN, options), key);
    }
}

#[test]
fn fewest_places_that_are_too_many_are_named_with_what_will_do() {
    let mistake = |options| Subject::new(PLUGIN, options).mistake().map(|error| error.message);
    assert_eq!(
        mistake(json!({ "max_ring_size": 512 })).as_deref(),
        Some(
            "`min_ring_size` is 1024 (default 1024); it must be from 1 to `max_ring_size`, which is 512, for example 512"
        )
    );
    assert_eq!(mistake(json!({ "min_ring_size": 512, "max_ring_size": 512 })), None);
}
