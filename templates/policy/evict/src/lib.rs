//! A connection is closed when it is too old, each a little earlier by chance.
//!
//! ```toml
//! [[pools.orders.evict]]
//! kind = "{{project-name}}"
//! max_age = "30m"
//! ```
//!
//! Use it so that a pool follows a changed address, a rotated password, a rebalanced cluster. Do not use it where dials
//! are dear and none of these happens.
//!
//! Source: yours to say. A rule that was published somewhere has its name and its place here.
//!
//! ```
//! use std::time::Duration;
//!
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{EvictPolicy, Endpoint, Time};
//!
//! // A pool on paper, with one idle connection, born at time zero.
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let conn = paper.idle(a, Time::ZERO);
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let policy = {{project-name | pascal_case}}::new(&options)?;
//! let expiry = paper.with_cx(None, |paper, cx| policy.expires_at(&paper.conn_view(conn), cx));
//! let lives = expiry.expect("a deadline").at.since(Time::ZERO);
//! assert!(Duration::from_secs(27 * 60) <= lives && lives <= Duration::from_secs(30 * 60));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::evict::<{{project-name | pascal_case}}>();
