//! The connection released longest ago is handed out first.
//!
//! ```toml
//! acquire = { kind = "fifo" }
//! ```
//!
//! It uses all connections alike, so none goes stale in silence; the price is that none grows idle, and an
//! idle time-out seldom shrinks the pool.
//!
//! Source: the simple channel pool, go-redis with `PoolFIFO`, `database/sql` before its order was turned round:
//! three connections released as 1, 2, 3 are handed out as 1, 2, 3.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{AcquirePolicy, Endpoint};
//! use pool_acquire_fifo::Fifo;
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let first = paper.idle(a, paper.now());
//! let second = paper.idle(a, paper.now());
//! let decision = paper.with_cx(None, |paper, cx| Fifo.choose(&paper.idle_view(a), cx));
//! assert_eq!(decision.choice, Some(first));
//! # let _ = (first, second);
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::FifoOptions;
pub use policy::Fifo;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::acquire::<Fifo>();
