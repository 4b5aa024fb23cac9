//! A connection is closed after a number of leases.
//!
//! ```toml
//! release = { kind = "max-uses", uses = 1000 }
//! ```
//!
//! For servers that leak memory per session, and so that connections spread anew over what stands
//! behind a load balancer.
//!
//! Source: `ngx_http_upstream_module`'s `keepalive_requests`, Envoy's `max_requests_per_connection`.
//!
//! ```
//! use pool_core::{ReleasePolicy, ReleaseRule};
//! use pool_release_max_uses::MaxUses;
//!
//! let policy = MaxUses::new(1000).expect("more than no use at all");
//! assert!(matches!(policy.rule(), Some(ReleaseRule::MaxUses { uses: 1000, .. })));
//! assert!(MaxUses::new(0).is_none());
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::MaxUsesOptions;
pub use policy::MaxUses;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::release::<MaxUses>();
