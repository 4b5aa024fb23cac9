//! Of two endpoints drawn at random the one that should answer sooner serves.
//!
//! ```toml
//! balance = { kind = "peak-ewma", decay_time = "10s", failure_penalty = "5s" }
//! ```
//!
//! Two different endpoints are drawn, and the one with the lower *cost* serves: `latency * (leases + 1)`. The latency
//! is a moving average that is up at once and down slowly: a lease that was held longer than the average becomes the
//! average, and a shorter one draws it down by `1 - e^(-t / decay_time)` of the way, `t` after the last. With time it
//! decays by itself, so that a slow endpoint is tried again. So one slow answer is enough to turn callers away, and an
//! endpoint must prove for a while that it is fast again.
//!
//! - **An endpoint without a history** has no cost while it has no leases, so that it gets one when it is drawn, and
//!   after that no other as long as it has to prove itself and the other one drawn has a history. It is not flooded.
//! - **A failure counts as a latency** of `failure_penalty`, or as long as it took if that was longer: an endpoint that
//!   fails in no time is not a fast one. `"0s"` leaves that out.
//! - **Weights** play no part, save that the pool offers no endpoint of weight 0 as long as another has more.
//!
//! **The latency is that of a lease**, from when it was granted to when it was given back. It is not that of a request:
//! a caller that does ten requests with one lease, or keeps it while it thinks, makes the endpoint look slow. Where
//! callers do as they like with leases, take `p2c`.
//!
//! **When.** Endpoints differ in speed, or become slow for a while: a garbage collection, a noisy neighbour, another
//! zone. **When not.** Leases are held for as long as the caller pleases, or all endpoints are alike: then it adds
//! nothing to `p2c` but noise.
//!
//! Source: Finagle's [`PeakEwma`](https://github.com/twitter/finagle), in
//! `finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala`, for cost, average and newcomers, and its `P2CPick` for the two draws without replacement. The penalty is that of
//! linkerd's `load-biaser`, which records a failure as a latency of 5 s. There are two differences. An average of no
//! latency at all is a history. And a pick leaves the average as it is: Finagle's `get` is itself an observation of no
//! latency that is kept, so that each pick decays what the next lease is compared with. Here it is compared with the
//! average as the last one left it, and one that was shorter draws that down for all the time since.
//!
//! ```
//! use std::time::Duration;
//!
//! use pool_balance_peak_ewma::PeakEwma;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint, Membership, Outcome};
//!
//! let mut paper = Paper::new();
//! let mut policy = PeakEwma::default();
//! let [a, b] = ["a:1", "b:1"].map(|address| {
//!     let endpoint = Endpoint::new(address);
//!     let id = paper.endpoint(endpoint.clone());
//!     policy.membership(Membership::Joined(id, &endpoint));
//!     id
//! });
//! paper.with_cx(None, |paper, cx| {
//!     policy.feedback(a, Outcome::Ok, Duration::from_millis(3), cx);
//!     policy.feedback(b, Outcome::Ok, Duration::from_millis(2), cx);
//!     assert_eq!(policy.pick(&paper.endpoints_view(), cx).choice, Some(b));
//!     policy.feedback(b, Outcome::Failed, Duration::from_micros(5), cx);
//!     assert_eq!(policy.pick(&paper.endpoints_view(), cx).choice, Some(a));
//! });
//! ```

#![forbid(unsafe_code)]

mod latency;
mod options;
mod policy;

pub use options::PeakEwmaOptions;
pub use policy::PeakEwma;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<PeakEwma>();
