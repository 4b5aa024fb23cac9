//! The laws of every balance policy, and what this one promises of its subset.

use pool_balance_rendezvous_subset::PLUGIN;
use pool_testkit::{Subject, json, promise};

// With more endpoints in the subset than the laws have: those of a smaller one are meant to starve.
pool_testkit::conformance!(PLUGIN, { "subset_size": 7 }, { "client": "web-7" });

#[test]
fn shares_are_even_and_weights_play_no_part() {
    promise::shares(PLUGIN, &[5, 1, 2], &[1, 1, 1], 0.001);
}

#[test]
fn a_few_serve_and_one_that_joins_or_leaves_replaces_at_most_one() {
    promise::serves_from_a_subset(PLUGIN, 100, 20);
    promise::serves_from_a_subset(Subject::new(PLUGIN, json!({ "subset_size": 3, "client": "web-7" })), 10, 3);
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::shares(PLUGIN, &[1, 0, 1], &[1, 0, 1], 0.001);
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.001);
}

#[test]
fn what_makes_no_sense_is_refused() {
    for size in [0, 1] {
        promise::refused(Subject::new(PLUGIN, json!({ "subset_size": size })), "subset_size");
    }
}
