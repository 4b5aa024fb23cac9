//! The endpoints serve in turn.
//!
//! ```toml
//! balance = { kind = "round-robin", first = 0 }
//! ```
//!
//! After each grant it is the turn of the next one in the order of discovery; one that cannot serve is
//! passed over. Every grant counts, also those given to callers that had to wait. Weights play no part,
//! save that the pool offers no endpoint of weight 0 as long as another has more.
//!
//! Source: the oldest of all; as in nginx, HAProxy and gRPC. It begins with the first endpoint; examples
//! that compute `index = (index + 1) % n` before the first pick begin with the second, as it does with
//! `first = 1`.
//!
//! ```
//! use pool_balance_round_robin::RoundRobin;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! let endpoints = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
//! let mut policy = RoundRobin::default();
//! paper.with_cx(None, |paper, cx| {
//!     let view = paper.endpoints_view();
//!     assert_eq!(policy.pick(&view, cx).choice, Some(endpoints[0]));
//!     policy.served(endpoints[0], &view, cx);
//!     assert_eq!(policy.pick(&view, cx).choice, Some(endpoints[1]));
//! });
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::RoundRobinOptions;
pub use policy::RoundRobin;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<RoundRobin>();
