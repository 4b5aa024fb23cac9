//! Of the idle connections that were not needed lately, half are closed at a time.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "adaptive-idle"
//! every = "5s"
//! spare = 0
//! ```
//!
//! So that a pool keeps what its load needs, whatever that is, and gives back the rest within a minute after a
//! peak: an idle time-out has to be guessed, and under a load in bursts the right guess for the one pool is the
//! wrong one for the next. Not for a pool that must be ready for a peak after hours of silence: that is what
//! `min_idle` and `reopen` are for.
//!
//! At each endpoint, every five seconds: what is needed is the most that was in use at once since the last time, or
//! the estimate if that is more. The estimate is the mean of itself and that most, and never less than it: a
//! peak is forgotten by halves. Of those that are in use or idle beyond the need, half are closed, rounded up,
//! and of these those first that have been idle longest. `spare` idle ones more than needed stay. `min_idle` stays
//! in any case.
//!
//! While the load falls from 50 to 5, the number of connections goes 50, 50, 38, 27, 18, 12, 9, 7, 6, 5.
//!
//! It wants leases to be counted as they begin, so that the pool does not take its short cut for them.
//!
//! Source: HAProxy's `srv_cleanup_idle_conns` (`src/server.c`), with `max_used_conns`, `est_need_conns` and
//! `pool-purge-delay`, which is 5 seconds there too. There the count is by server and over all threads, as here by
//! endpoint; `spare` is ours.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy};
//! use pool_evict_adaptive_idle::{AdaptiveIdle, AdaptiveIdleOptions};
//!
//! let mut policy = AdaptiveIdle::new(&AdaptiveIdleOptions::default())?;
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! (0..10).for_each(|_| drop(paper.idle(a, paper.now())));
//! // Ten are idle, and three were in use at once at most: half of the seven others go.
//! let decision = paper.with_cx(None, |paper, cx| policy.prune(&paper.usage_view(a, 3), cx));
//! assert_eq!(decision.and_then(|decision| decision.choice), Some(4));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::AdaptiveIdleOptions;
pub use policy::AdaptiveIdle;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<AdaptiveIdle>();
