//! The laws of every balance policy, and the orders and shares that this one promises.

use pool_balance_smooth_weighted::PLUGIN;
use pool_testkit::promise;

pool_testkit::conformance!(PLUGIN);

#[test]
fn the_orders_of_the_algorithm() {
    promise::served_in_order(PLUGIN, &[5, 1, 1], "a a b a c a a  a a b a c a a");
    promise::served_in_order(PLUGIN, &[4, 2, 1], "a b a c a b a  a b a c a b a");
    promise::served_in_order(PLUGIN, &[1, 1, 1], "a b c a b c");
    promise::served_in_order(PLUGIN, &[7], "a a a");
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::served_in_order(PLUGIN, &[5, 0, 1], "a a a c a a");
    promise::served_in_order(PLUGIN, &[0, 0, 0], "a b c a b c");
}

#[test]
fn shares_are_exact() {
    promise::weighted_shares(PLUGIN, &[5, 2, 1], 0.0);
    promise::weighted_shares(PLUGIN, &[100, 99, 1, 1], 0.0);
}
