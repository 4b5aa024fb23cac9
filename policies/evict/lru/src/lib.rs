//! When there are too many idle connections, the least recently used is closed.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "lru"
//! ```
//!
//! It sets no deadline; it only names the victim when `max_idle` or `max_idle_per_endpoint` overflows: of
//! all that the limit counts, over the whole pool or one endpoint, the one released longest ago. So an
//! endpoint that nobody uses gives up its connections to those that are used.
//!
//! Source: the list over all hosts by which `net/http` keeps to `MaxIdleConns`; redigo, which closes the
//! back of its list when `MaxIdle` overflows: released as 1, 2, 3 with room for two, 1 is closed.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy};
//! use pool_evict_lru::Lru;
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let b = paper.endpoint(Endpoint::new("b:1"));
//! let unused = paper.idle(b, paper.now());
//! paper.idle(a, paper.now());
//! paper.idle(a, paper.now());
//! let victim = paper.with_cx(None, |paper, cx| Lru.victim(&paper.pool_view(), cx));
//! assert_eq!(victim.and_then(|decision| decision.choice), Some(unused));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::LruOptions;
pub use policy::Lru;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<Lru>();
