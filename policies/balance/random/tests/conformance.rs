//! The laws of every balance policy, and the shares that this one promises.

use pool_balance_random::PLUGIN;
use pool_testkit::promise;

pool_testkit::conformance!(PLUGIN);

#[test]
fn shares_follow_the_weights_in_the_long_run() {
    promise::weighted_shares(PLUGIN, &[5, 2, 1], 0.05);
    promise::weighted_shares(PLUGIN, &[1, 0, 3], 0.05);
}

#[test]
fn all_weights_zero_is_all_alike() {
    promise::shares(PLUGIN, &[0, 0, 0], &[1, 1, 1], 0.05);
}
