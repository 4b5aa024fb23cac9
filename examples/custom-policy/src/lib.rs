//! The endpoints of one's own zone serve first; of those, the one with the fewest leases for its weight.
//!
//! ```toml
//! balance = { kind = "zone-first", zone = "eu-1" }
//! ```
//!
//! An endpoint says where it is in its metadata: `metadata = { zone = "eu-1" }`. As long as one of the zone can serve,
//! it does; if none can, the others do.
//!
//! This is the crate that `clearpool new-policy zone-first --role balance` makes, with another rule. The guide
//! `docs/guides/first-policy.md` tells how it came to be.
//!
//! ```
//! use pool_balance_zone_first::*;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let at = |address: &str, zone: &str| {
//!     let mut endpoint = Endpoint::new(address);
//!     endpoint.metadata.insert("zone".into(), zone.into());
//!     endpoint
//! };
//! let mut paper = Paper::new();
//! let far = paper.endpoint(at("a:1", "us-1"));
//! let near = paper.endpoint(at("b:1", "eu-1"));
//!
//! let mut options = ZoneFirstOptions::default();
//! options.zone = "eu-1".to_owned();
//! let mut policy = ZoneFirst::new(&options);
//! let pick = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
//! assert_eq!(pick.choice, Some(near));
//! # let _ = far;
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::ZoneFirstOptions;
pub use policy::ZoneFirst;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<ZoneFirst>();
