//! The endpoints serve by chance, in proportion to their weights.
//!
//! ```toml
//! balance = { kind = "random" }
//! ```
//!
//! It keeps no state, so many clients do not fall into step, as they may where all begin with the first
//! endpoint. The shares are right in the long run only; `smooth-weighted` keeps them exactly.
//! Weight 0 gets nothing; if all weights are 0, all count alike.
//!
//! Source: Envoy's `RANDOM`, HAProxy's `balance random(1)`, nginx's `random`.
//!
//! ```
//! use pool_balance_random::WeightedRandom;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! paper.endpoint(Endpoint::new("a").weight(0));
//! let b = paper.endpoint(Endpoint::new("b").weight(3));
//! let pick = paper.with_cx(None, |paper, cx| WeightedRandom.pick(&paper.endpoints_view(), cx));
//! assert_eq!(pick.choice, Some(b));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::WeightedRandomOptions;
pub use policy::WeightedRandom;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<WeightedRandom>();
