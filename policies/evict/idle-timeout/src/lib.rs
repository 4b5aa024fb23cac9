//! A connection is closed when it was idle for too long.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "idle-timeout"
//! after = "5m"
//! when = ["acquire", "background"]
//! floor = true
//! strict = false
//! ```
//!
//! So that a pool shrinks after a peak, and so that no connection is lent that a peer or a firewall on the
//! way has long forgotten: set `after` below their own limits. With `floor`, the last `min_idle` idle
//! connections stay, however long they have been idle.
//! The moment `sweep` is redigo's: at each acquire those at the old end are closed, as far as the first
//! that may stay. With `strict`, a connection at its very deadline is still good, as it is for redigo and
//! `database/sql`; it matters under a clock of whole steps only, such as a test's.
//!
//! Source: redigo's `IdleTimeout`, go-redis' `ConnMaxIdleTime`, `database/sql`'s `SetConnMaxIdleTime`,
//! `net/http`'s `IdleConnTimeout`; the floor is HikariCP's `minimumIdle` under `idleTimeout`.
//!
//! ```
//! use std::time::Duration;
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, EvictPolicy, Time};
//! use pool_evict_idle_timeout::{IdleTimeout, IdleTimeoutOptions};
//!
//! let policy = IdleTimeout::new(&IdleTimeoutOptions::default())?;
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! paper.advance(Duration::from_secs(60));
//! let conn = paper.idle(a, Time::ZERO); // a minute old, idle from now on
//! let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
//! assert_eq!(expiry.expect("a deadline").at, paper.now().after(Duration::from_secs(5 * 60)));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::IdleTimeoutOptions;
pub use policy::IdleTimeout;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<IdleTimeout>();
