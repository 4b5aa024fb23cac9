//! The connection released last is handed out first.
//!
//! ```toml
//! acquire = { kind = "lifo" }
//! ```
//!
//! It keeps a small set of connections warm and lets the rest grow idle, so that an idle time-out can shrink
//! the pool. The usual choice.
//!
//! Source: the idle lists of redigo, go-redis, `database/sql` and `net/http`: three connections released as
//! 1, 2, 3 are handed out as 3, 2, 1.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{AcquirePolicy, Endpoint};
//! use pool_acquire_lifo::Lifo;
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let first = paper.idle(a, paper.now());
//! let second = paper.idle(a, paper.now());
//! let decision = paper.with_cx(None, |paper, cx| Lifo.choose(&paper.idle_view(a), cx));
//! assert_eq!(decision.choice, Some(second));
//! # let _ = (first, second);
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::LifoOptions;
pub use policy::Lifo;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::acquire::<Lifo>();
