//! The laws of every evict policy, and the victims that this one promises.

use pool_evict_lru::PLUGIN;

pool_testkit::conformance!(PLUGIN);

#[test]
fn of_three_released_the_first_is_closed_first_whatever_its_endpoint() {
    pool_testkit::promise::victims_in_order(PLUGIN, &[1, 2, 3]);
}
