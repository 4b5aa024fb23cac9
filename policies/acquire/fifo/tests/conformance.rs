//! The laws of every acquire policy, and the order that this one promises.

use pool_acquire_fifo::PLUGIN;

pool_testkit::conformance!(PLUGIN);

#[test]
fn of_three_released_the_first_goes_first() {
    pool_testkit::promise::handed_out_in_order(PLUGIN, &[1, 2, 3]);
}
