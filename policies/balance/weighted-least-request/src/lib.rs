//! The endpoints serve by weight, less often the more leases they have.
//!
//! ```toml
//! balance = { kind = "weighted-least-request", active_request_bias = 1.0, choice_count = 2, failure_decay = "10s" }
//! ```
//!
//! As with Envoy there are two rules, and the weights say which holds:
//!
//! - **Different weights**: turns. After each lease an endpoint's next turn is `1 / w` later, where
//!   `w = weight / (leases + 1)^active_request_bias`; whose turn is the earliest serves. The leases are counted before
//!   the one just granted. A bias of 0 is plain weighted round robin, evenly mixed; the larger, the less an endpoint
//!   with many leases gets, but it always gets some. Default 1: then, if leases are all alike, those out at a time are
//!   shared as the square roots of the weights are, and only with few out as the weights.
//! - **All weights equal**: of `choice_count` endpoints drawn at random, with replacement, the one with the fewest
//!   leases, as `p2c` does. With a bias of 0 there are turns all the same.
//!
//! It costs the logarithm of the number of endpoints, or nothing that grows with it.
//!
//! **When.** Endpoints differ in size, and how long leases are held differs too. **When not.** Leases are all alike:
//! `smooth-weighted` keeps the weights exactly. A few endpoints and one process: `least-loaded` is more even.
//!
//! Source: Envoy's
//! [weighted least request](https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers#weighted-least-request),
//! `least_request_lb.cc` and `edf_scheduler.h`. What a proxy has no need of is ours. Every grant counts, also those given
//! to callers that waited; an endpoint that serves before its turn is later by one turn at most. One that could not serve
//! for a while has saved up nothing. Endpoints that come and go change nothing for the others: Envoy begins anew. A turn
//! given out in a crowd of leases is as far off as the crowd was large; when that has gone, and one given out now would
//! be less than a tenth as far off, the endpoint has that one. Each lease looks at one endpoint for it.
//!
//! **Failures** are our own addition, too. An endpoint that fails in no time has no leases, so that by the published
//! rule its turns come often. Here the weight of an endpoint of whose leases the part `r` failed lately
//! ([`FailureRates`](pool_core::FailureRates)) is `1 - r` of its own. `failure_decay = "0s"` leaves that out.
//!
//! ```
//! use pool_balance_weighted_least_request::WeightedLeastRequest;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint, Membership, Time};
//!
//! let mut paper = Paper::new();
//! let mut policy = WeightedLeastRequest::default();
//! let [_, b] = [("a:1", 3), ("b:1", 1)].map(|(address, weight)| {
//!     let endpoint = Endpoint::new(address).weight(weight);
//!     let id = paper.endpoint(endpoint.clone());
//!     policy.membership(Membership::Joined(id, &endpoint));
//!     id
//! });
//! let mut of_b = 0;
//! for _ in 0..400 {
//!     let pick = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
//!     let endpoint = pick.choice.expect("both can serve");
//!     of_b += usize::from(endpoint == b);
//!     let lease = paper.idle(endpoint, Time::ZERO);
//!     paper.lease(lease);
//!     paper.with_cx(None, |paper, cx| policy.served(endpoint, &paper.endpoints_view(), cx));
//!     paper.close(lease);
//! }
//! assert_eq!(of_b, 100);
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;
mod schedule;

pub use options::WeightedLeastRequestOptions;
pub use policy::WeightedLeastRequest;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<WeightedLeastRequest>();
