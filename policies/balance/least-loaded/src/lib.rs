//! The endpoint with the fewest leases for its weight serves.
//!
//! ```toml
//! balance = { kind = "least-loaded", failure_decay = "10s" }
//! ```
//!
//! An endpoint without a lease comes first. Of the others it is the one that would have the fewest leases for its
//! weight with one more: the least `(leases + 1) / weight`. Of several alike each has its turn, in the order of
//! discovery.
//!
//! **When.** Leases differ in how long they are held, and all callers are in this process, or there are few
//! processes: then it shares the work out better than any other. **When not.** Many processes balance over the same
//! endpoints: all of them see the same endpoint idle and rush at it, so take `p2c`. So do with hundreds of endpoints:
//! it looks at all of them for every lease. An endpoint that joins is empty, and is filled until it has as many leases
//! as the others, but not further.
//!
//! Source: HAProxy's `leastconn` (`src/lb_fwlc.c`: the key is 0 without connections, else
//! `(inflight + 1) * SRV_EWGHT_MAX / eweight`; ties round robin).
//!
//! **Failures** are our own addition. An endpoint that fails in no time has no leases, so that by the published rule it
//! gets nearly all of them. Here an endpoint of whose leases the part `r` failed lately
//! ([`FailureRates`](pool_core::FailureRates)) counts as `1 / (1 - r)` of one: as many leases as it takes on average
//! until one goes well. `failure_decay = "0s"` leaves that out.
//!
//! ```
//! use pool_balance_least_loaded::LeastLoaded;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint, Time};
//!
//! let mut paper = Paper::new();
//! let [a, b] = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
//! let lease = paper.idle(a, Time::ZERO);
//! paper.lease(lease);
//! let pick = paper.with_cx(None, |paper, cx| LeastLoaded::default().pick(&paper.endpoints_view(), cx));
//! assert_eq!(pick.choice, Some(b));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::LeastLoadedOptions;
pub use policy::LeastLoaded;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<LeastLoaded>();
