//! When there are too many idle connections, the least frequently used is closed.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "lfu"
//! warm_up = "1m"
//! ```
//!
//! It sets no deadline; it only names the victim when `max_idle` or `max_idle_per_endpoint` overflows: of all that the
//! limit counts, the one with the fewest uses for its age; of those that are equal, the one released longest ago.
//!
//! Uses for the age, and not uses alone: by uses alone the newest connection would always go, however busy, and the
//! first ones would stay for ever, however long nobody used them. That is the known weakness of LFU. But the age of a
//! connection that is a moment old says nothing yet: one use in ten milliseconds is no hundred a second. So each counts
//! as `warm_up` older than it is, and its dial as one use: a newcomer takes the place of one that is used less
//! than about once in that time, and of no busier one.
//!
//! It keeps what is worth keeping where connections are used unevenly: by key, by endpoint, or by callers that ask for
//! one. Where they are used in turn (`fifo`) or from the top (`lifo`) at one endpoint, `lru` says nearly the same and
//! looks at one connection instead of at all that are idle.
//!
//! Source: least frequently used, as a frequency over the life of an entry; see Robinson and Devarakonda, *Data Cache
//! Management Using Frequency-Based Replacement* (1990), for what goes wrong with plain counts.
//!
//! ```
//! use std::time::Duration;
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy};
//! use pool_evict_lfu::{Lfu, LfuOptions};
//!
//! let mut policy = Lfu::new(&LfuOptions::default());
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let old = paper.idle(a, paper.now());
//! for _ in 0..10 {
//!     paper.lease(old);
//!     paper.release(old);
//! }
//! paper.advance(Duration::from_secs(600)); // ten uses in ten minutes
//! let young = paper.idle(a, paper.now());
//! paper.lease(young);
//! paper.release(young);
//! paper.advance(Duration::from_secs(10)); // two, with its dial, in ten seconds and a minute
//! let victim = paper.with_cx(None, |paper, cx| policy.victim(&paper.pool_view(), cx));
//! assert_eq!(victim.and_then(|decision| decision.choice), Some(old));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::LfuOptions;
pub use policy::Lfu;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<Lfu>();
