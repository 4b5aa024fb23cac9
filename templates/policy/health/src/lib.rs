//! An endpoint rests for a while after several failed leases in a row.
//!
//! ```toml
//! health = { kind = "{{project-name}}", max_failures = 5 }
//! ```
//!
//! Use it where an endpoint can take connections and still answer with nothing but errors. Do not use it where errors
//! say nothing of the endpoint, such as a row that was not found: who holds the lease says what is a failure, with
//! `lease.outcome(Outcome::Failed)`.
//!
//! Source: yours to say. A rule that was published somewhere has its name and its place here.
//!
//! ```
//! use std::time::Duration;
//!
//! use pool_{{role}}_{{crate_name}}::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{HealthPolicy, Endpoint, Membership, Outcome, Review, Standing, Standings};
//!
//! // A pool on paper, with one endpoint.
//! let mut paper = Paper::new();
//! let spec = Endpoint::new("a:1");
//! let a = paper.endpoint(spec.clone());
//!
//! let options = {{project-name | pascal_case}}Options::default();
//! let mut policy = {{project-name | pascal_case}}::new(&options)?;
//! policy.membership(Membership::Joined(a, &spec));
//! let mut standings = Standings::new();
//! paper.with_cx(None, |paper, cx| {
//!     let mut fail = || policy.ended(a, Outcome::Failed, Duration::ZERO, cx);
//!     assert!((0..4).all(|_| fail() == Review::AsPlanned));
//!     assert_eq!(fail(), Review::Now);
//!     policy.review(&paper.endpoints_view(), &mut standings, cx);
//! });
//! let said = standings.iter().next().expect("a word on the endpoint");
//! assert_eq!((said.0, said.1), (a, Standing::Rests));
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::{{project-name | pascal_case}}Options;
pub use policy::{{project-name | pascal_case}};

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::health::<{{project-name | pascal_case}}>();
