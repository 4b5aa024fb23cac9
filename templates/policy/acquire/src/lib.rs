//! The idle connection that has served the fewest leases is handed out.
//!
//! ```toml
//! acquire = { kind = "{{project-name}}", among = 16 }
//! ```
//!
//! Use it where connections wear out with their use, so that all wear out alike. Do not use it where a pool should
//! shrink when there is less to do: no connection stays idle for long.
//!
//! Source: yours to say. A rule that was published somewhere has its name and its place here.
//!
//! ```
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{AcquirePolicy, Endpoint};
//!
//! // A pool on paper: two idle connections, of which the one released last has served a lease.
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let used = paper.idle(a, paper.now());
//! let fresh = paper.idle(a, paper.now());
//! paper.lease(used);
//! paper.release(used);
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let mut policy = {{project-name | pascal_case}}::new(&options)?;
//! let chosen = paper.with_cx(None, |paper, cx| policy.choose(&paper.idle_view(a), cx));
//! assert_eq!(chosen.choice, Some(fresh));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::acquire::<{{project-name | pascal_case}}>();
