//! The scene: ten endpoints and ten clients. `page/introduction.md` tells of it.

use std::time::Duration;

use pool_core::{Endpoint, Outcome, PoolOptions, Random};

/// How long a run lasts.
pub(crate) const RUN: Duration = Duration::from_secs(60);

/// When the late endpoint joins.
pub(crate) const JOINS: Duration = Duration::from_secs(30);

/// How many clients there are.
pub(crate) const CLIENTS: usize = 10;

/// How many keys there are, one of which each call has.
pub(crate) const KEYS: usize = 1000;

/// How long a dial takes.
pub(crate) const DIAL: Duration = Duration::from_millis(5);

pub(crate) const SLOW: &str = "slow";
pub(crate) const FAILING: &str = "failing";
pub(crate) const LATE: &str = "late";

/// The others, where all goes well from the start.
pub(crate) const GOOD: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

/// How long a client thinks between two leases, on average.
const THINKS: Duration = Duration::from_millis(15);

/// The endpoints at the start, or after the late one has joined.
pub(crate) fn endpoints(late: bool) -> Vec<Endpoint> {
    let names = ["a", "b", SLOW, "c", "d", FAILING, "e", "f", "g"].into_iter().chain(late.then_some(LATE));
    names.map(Endpoint::new).collect()
}

/// At most three connections to an endpoint, so that no pick is refused for long; and two leases less than clients, so
/// that some wait.
pub(crate) fn options() -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = 30;
    options.limits.max_open_per_endpoint = Some(3);
    options.limits.max_leases = Some(8);
    options
}

/// How long a lease of this endpoint lasts, and how it ends.
pub(crate) fn lease(endpoint: &str, dice: &mut Random) -> (Duration, Outcome) {
    let (mean, outcome) = match endpoint {
        SLOW => (Duration::from_millis(200), Outcome::Ok),
        FAILING => (Duration::from_millis(1), Outcome::Failed),
        _ => (Duration::from_millis(20), Outcome::Ok),
    };
    (spread(mean, dice), outcome)
}

/// How long a client thinks.
pub(crate) fn thinks(dice: &mut Random) -> Duration {
    spread(THINKS, dice)
}

/// From half of it to one and a half.
fn spread(mean: Duration, dice: &mut Random) -> Duration {
    mean.mul_f64(0.5 + dice.unit())
}
