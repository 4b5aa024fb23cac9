//! A connection is closed when it is too old, each a little earlier than `max_age` by chance.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "ttl"
//! max_age = "30m"
//! jitter = 0.1
//! when = ["acquire", "release", "background"]
//! strict = false
//! ```
//!
//! So that a pool follows a changed address, a rotated password, a rebalanced cluster. Connections that
//! were made together would be closed together, and their peers would be dialed all at once; hence the
//! jitter: each connection's deadline lies between `max_age * (1 - jitter)` and `max_age`, drawn once at
//! its birth. There is no floor: too old is too old, and `min_idle` is filled up with fresh ones.
//! With `strict`, a connection at its very deadline is still good, as it is for `database/sql`; it matters
//! under a clock of whole steps only, such as a test's.
//!
//! Source: HikariCP's `maxLifetime` (less up to 2.5 % by chance), reactor-pool's
//! `evictInBackground` with a variance; pgx's `MaxConnLifetimeJitter`. Drawn once per connection and not
//! per check, since a fresh draw at each check always ends near the earliest (pgx#1437).
//!
//! ```
//! use std::time::Duration;
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy, Time};
//! use pool_evict_ttl::{Ttl, TtlOptions};
//!
//! let policy = Ttl::new(&TtlOptions::default())?; // 30 minutes, less up to a tenth
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let conn = paper.idle(a, Time::ZERO);
//! let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
//! let lives = expiry.expect("a deadline").at.since(Time::ZERO);
//! assert!(Duration::from_secs(27 * 60) <= lives && lives <= Duration::from_secs(30 * 60));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::TtlOptions;
pub use policy::Ttl;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<Ttl>();
