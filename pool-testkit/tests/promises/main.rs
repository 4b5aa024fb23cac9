//! Promises are worth something: a policy that does not keep one is told so.

mod keys;
mod load;
mod models;

use std::time::Duration;

use pool_testkit::{mutants, promise};

#[test]
#[should_panic(expected = "promised a a b")]
fn another_order() {
    promise::served_in_order(mutants::balance::SHOUTS, &[2, 1], "a a b");
}

#[test]
#[should_panic(expected = "a was served")]
fn other_shares() {
    promise::weighted_shares(mutants::balance::SHOUTS, &[2, 1], 0.01);
}

#[test]
#[should_panic(expected = "handed out on the left")]
fn another_order_of_connections() {
    promise::handed_out_in_order(mutants::acquire::LIES, &[3, 2, 1]);
}

#[test]
#[should_panic(expected = "after lease 2")]
fn another_number_of_leases() {
    promise::kept_for(mutants::release::MISCOUNTS, Some(2));
}

#[test]
#[should_panic(expected = "it named none")]
fn no_victim() {
    promise::victims_in_order(mutants::evict::SHOUTS, &[1, 2, 3]);
}

#[test]
#[should_panic(expected = "they expire in crowds")]
fn a_cohort_that_expires_together() {
    let minute = Duration::from_secs(60);
    promise::lifetimes_spread(mutants::evict::SHOUTS, minute / 2, minute);
}

#[test]
#[should_panic(expected = "lives 60s")]
fn a_life_too_long() {
    promise::lifetimes_spread(mutants::evict::SHOUTS, Duration::from_secs(1), Duration::from_secs(59));
}

#[test]
#[should_panic(expected = "after lease 1")]
fn an_idle_time_counted_from_birth() {
    promise::idle_at_most(mutants::evict::SHOUTS, Duration::from_secs(50));
}

#[test]
#[should_panic(expected = "was not refused")]
fn options_that_are_taken() {
    promise::refused(mutants::options::LAX, "size");
}
