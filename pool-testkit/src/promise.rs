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
mod options;

pub use balance::{served_in_order, shares, weighted_shares};
pub use connections::{handed_out_in_order, idle_at_most, kept_for, lifetimes_spread, victims_in_order};
pub use options::refused;
