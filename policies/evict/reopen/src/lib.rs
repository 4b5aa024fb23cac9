//! A connection that was idle for too long is closed, and another is dialed in its place.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "reopen"
//! after = "30m"
//! jitter = 0.1
//! when = ["acquire", "background"]
//! ```
//!
//! So that a pool that a peak has filled stays full, and what lies at its bottom stays fresh: the next peak finds
//! connections, and finds none that a peer or a firewall has long forgotten. `idle-timeout` lets the pool shrink instead.
//! Choose one of the two: where both are listed, a connection goes at the earlier deadline. Not for a pool that shares a
//! server with many others: what it once needed it never gives back.
//!
//! The other one is dialed at the same endpoint, as soon as limits, back-off and breaker allow. Any dial there is
//! the other one, also a caller's; one that fails is tried again. Where others have taken the place in the meantime,
//! it is left out. What goes for another reason is not replaced: beside `ttl` the pool shrinks by those that are too old.
//!
//! `jitter` takes off up to a tenth by chance, so that not all go at one moment that were left at one moment: then
//! there would be none for a moment, which is what this policy is to prevent. With a jitter the pool asks the policy at
//! each release, and does not take its short cut; with 0 it does.
//!
//! Source: vitess issue 17819, *Reduce Connection Churn and p99 Spikes by Idle Connections Timeout*, and pull request
//! 17818; from pull request 20079, that what is being dialed again must not keep callers from dialing. The
//! jitter is ours.
//!
//! ```
//! use std::time::Duration;
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy};
//! use pool_evict_reopen::{Reopen, ReopenOptions};
//!
//! let policy = Reopen::new(&ReopenOptions::default())?;
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let conn = paper.idle(a, paper.now());
//! let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx)).expect("a deadline");
//! assert!(expiry.replace);
//! assert!(expiry.at >= paper.now().after(Duration::from_secs(27 * 60)));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::ReopenOptions;
pub use policy::Reopen;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<Reopen>();
