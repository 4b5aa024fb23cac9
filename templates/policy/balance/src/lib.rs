//! The endpoint with the fewest leases for its weight serves; of several, each in its turn.
//!
//! ```toml
//! balance = { kind = "{{project-name}}", ignore_weights = false }
//! ```
//!
//! Use it where some requests take much longer than others: who is slow keeps its leases longer, and gets fewer.
//! Do not use it where all take as long: then the weights alone are fairer, and cost less.
//!
//! Source: "least connections", as nginx's `least_conn` and HAProxy's `leastconn` have it.
//!
//! ```
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! // A pool on paper: two endpoints, of which the first has a lease.
//! let mut paper = Paper::new();
//! let busy = paper.endpoint(Endpoint::new("a:1"));
//! let free = paper.endpoint(Endpoint::new("b:1"));
//! let conn = paper.idle(busy, paper.now());
//! paper.lease(conn);
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let mut policy = {{project-name | pascal_case}}::new(&options);
//! let pick = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
//! assert_eq!(pick.choice, Some(free));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<{{project-name | pascal_case}}>();
