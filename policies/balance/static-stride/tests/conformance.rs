//! The laws of every balance policy, and the shares that this one promises.

use pool_balance_static_stride::PLUGIN;
use pool_testkit::promise;

pool_testkit::conformance!(PLUGIN);

#[test]
fn shares_are_those_of_the_weights() {
    promise::weighted_shares(PLUGIN, &[5, 1, 1], 0.001);
    promise::weighted_shares(PLUGIN, &[1, 1, 1, 1], 0.001);
    promise::weighted_shares(PLUGIN, &[100, 7, 1], 0.01);
}

#[test]
fn weight_zero_gets_nothing_unless_all_are_zero() {
    promise::shares(PLUGIN, &[1, 0, 1], &[1, 0, 1], 0.001);
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.001);
}
