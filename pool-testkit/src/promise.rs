//! Promises: what one policy says of itself, beyond the laws of its role.
//!
//! Each is a function that panics with a readable word when the promise is broken; to be called in a test
//! of the policy's crate.
//!
//! ```
//! # use pool_testkit::mutants;
//! # let broken = std::panic::catch_unwind(|| {
//! # let PLUGIN = mutants::balance::COUNTS_IN_PICK;
//! pool_testkit::promise::served_in_order(PLUGIN, &[5, 1, 1], "a a b a c a a");
//! # });
//! # assert!(broken.is_err(), "a mutant cannot keep it");
//! ```

mod balance;
mod connections;
mod keys;
mod load;
mod options;

pub use balance::{served_in_order, shares, weighted_shares};
pub use connections::{handed_out_in_order, idle_at_most, kept_for, lifetimes_spread, victims_in_order};
pub use keys::{keys_move_at_most, no_key_moves_between_those_that_stay, same_key_same_endpoint, serves_from_a_subset};
pub use load::{
    fast_failure_gets_at_most, in_flight_at_most, least_loaded, newcomer_gets_at_most, slow_endpoint_gets_at_most,
};
pub use options::refused;
