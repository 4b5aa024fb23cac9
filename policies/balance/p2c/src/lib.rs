//! Of a few endpoints drawn at random the one with the fewest leases serves.
//!
//! ```toml
//! balance = { kind = "p2c", choice_count = 2, failure_decay = "10s" }
//! ```
//!
//! Two draws are nearly as good as a look at all, and cost the same however many endpoints there are: the *power of
//! two choices*. The draws are with replacement, as in the sources: an endpoint may be drawn twice, so that one with many
//! leases is served now and then all the same (one time in n² of n endpoints). Of several alike the first drawn serves.
//! Weights play no part, save that the pool offers no endpoint of weight 0 as long as another has more:
//! `weighted-least-request` heeds them.
//!
//! **When.** Many processes balance over the same endpoints, or there are hundreds of these: chance keeps the processes
//! from rushing at one. **When not.** Endpoints differ in size: it knows no weights. One process and a handful of
//! endpoints: `least-loaded` is more even.
//!
//! Source: [gRFC A48](https://github.com/grpc/proposal/blob/master/A48-xds-least-request-lb-policy.md) and Envoy's
//! least request where all weights are equal (`unweightedHostPickNChoices`); M. Mitzenmacher, *The Power of Two Choices
//! in Randomized Load Balancing*, 2001.
//!
//! **Failures** are our own addition. An endpoint that fails in no time has no leases, so that by the published rule it
//! serves whenever it is drawn. Here an endpoint of whose leases the part `r` failed lately
//! ([`FailureRates`](pool_core::FailureRates)) is compared as if it had `(leases + 1) / (1 - r)`: with one more, as
//! many as it takes on average until one goes well. `failure_decay = "0s"` leaves that out.
//!
//! ```
//! use pool_balance_p2c::PowerOfChoices;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint, Time};
//!
//! let mut paper = Paper::new();
//! let [a, b] = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
//! let lease = paper.idle(a, Time::ZERO);
//! paper.lease(lease);
//! let mut policy = PowerOfChoices::default();
//! let of_b = (0..1000).filter(|_| {
//!     paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx)).choice == Some(b)
//! });
//! assert!((700..800).contains(&of_b.count()), "three times in four b is among the two drawn");
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::PowerOfChoicesOptions;
pub use policy::PowerOfChoices;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<PowerOfChoices>();
