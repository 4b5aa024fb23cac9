//! A connection is closed after several failed leases in a row.
//!
//! ```toml
//! release = { kind = "{{project-name}}", max_failures = 3 }
//! ```
//!
//! Use it where what is behind a connection can get into a bad state that the connection survives: a proxy, a session.
//! Do not use it where a failure says nothing of the connection, such as a row that was not found: who holds the lease
//! says what is a failure, with `lease.outcome(Outcome::Failed)`.
//!
//! Source: yours to say. A rule that was published somewhere has its name and its place here.
//!
//! ```
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{ReleasePolicy, Endpoint, Outcome, Settle};
//!
//! // A pool on paper, with one connection that is leased.
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let conn = paper.idle(a, paper.now());
//! paper.lease(conn);
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let mut policy = {{project-name | pascal_case}}::new(&options)?;
//! let settled: Vec<_> = (0..3)
//!     .map(|_| {
//!         paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conn, Outcome::Failed), cx))
//!     })
//!     .map(|decision| decision.choice)
//!     .collect();
//! assert_eq!(settled, [Some(Settle::Keep), Some(Settle::Keep), Some(Settle::Close)]);
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::release::<{{project-name | pascal_case}}>();
