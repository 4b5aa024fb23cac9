//! The connection with the fewest uses is handed out first.
//!
//! ```toml
//! acquire = { kind = "least-used" }
//! ```
//!
//! Of those with equally few, the one released last. It levels the use of connections: for servers that leak or grow
//! with each session's use, so that no connection gets far ahead of the others. With `max-uses` it brings all to their
//! end at about the same time: choose one of the two. Under a small load it keeps all connections in use in turn, as `fifo` does, so
//! that an idle time-out closes none of them: a pool that is to shrink wants `lifo`.
//!
//! It looks at all idle connections of the endpoint: a few nanoseconds each.
//!
//! Source: the idea of wear levelling in flash memory, where the block that was written least is written next.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{AcquirePolicy, Endpoint};
//! use pool_acquire_least_used::LeastUsed;
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let fresh = paper.idle(a, paper.now());
//! let used = paper.idle(a, paper.now());
//! paper.lease(used);
//! paper.release(used);
//! let decision = paper.with_cx(None, |paper, cx| LeastUsed.choose(&paper.idle_view(a), cx));
//! assert_eq!(decision.choice, Some(fresh));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::LeastUsedOptions;
pub use policy::LeastUsed;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::acquire::<LeastUsed>();
