//! The laws of every balance policy, and the order that this one promises.

use pool_balance_round_robin::PLUGIN;
use pool_testkit::{Subject, json, promise};

pool_testkit::conformance!(PLUGIN, { "first": 1 }, { "first": 100 });

#[test]
fn in_the_order_of_discovery_from_the_first() {
    promise::served_in_order(PLUGIN, &[1, 1, 1], "a b c a b c a b c");
}

#[test]
fn from_the_second_where_that_is_set() {
    promise::served_in_order(Subject::new(PLUGIN, json!({ "first": 1 })), &[1, 1, 1], "b c a b c a");
}

#[test]
fn what_makes_no_sense_is_refused() {
    promise::refused(Subject::new(PLUGIN, json!({ "first": -1 })), "first");
}

#[test]
fn weights_play_no_part() {
    promise::served_in_order(PLUGIN, &[5, 1, 2], "a b c a b c");
    promise::shares(PLUGIN, &[5, 1, 2], &[1, 1, 1], 0.001);
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::served_in_order(PLUGIN, &[1, 0, 1], "a c a c");
    promise::served_in_order(PLUGIN, &[0, 0, 0], "a b c a b c");
}
