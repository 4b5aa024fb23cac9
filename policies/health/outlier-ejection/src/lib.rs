//! An endpoint whose leases fail more than those of the others rests for a while.
//!
//! ```toml
//! [pools.orders.health]
//! kind = "outlier-ejection"
//! interval = "10s"
//! consecutive_failures = 5
//! rest = "30s"
//! max_resting = 0.1
//! ```
//!
//! A layer over any balance policy: it takes endpoints out of the choice and puts them back. It ejects one
//!
//! - at once, when so many of its leases in a row have failed (`consecutive_failures`);
//! - at the end of an `interval`, when its share of good leases is far below the mean of all (`success_rate`), or its
//!   share of failed ones above a threshold (`failure_share`).
//!
//! It rests for `rest` times the number of times that it was ejected lately, at most `max_rest`, and is then eased in:
//! `slow_start` lets its share grow from a tenth to the whole. Never more than `max_resting` of the endpoints rest, save
//! one; and if fewer than `panic_threshold` of all would serve, all serve: if everything fails, it is not the endpoints.
//! Endpoints of weight 0, which serve nobody, are not counted.
//!
//! A lease has failed if its holder says so: `lease.outcome(Outcome::Failed)`, or `Outcome::Broken`; the connectors for
//! HTTP and gRPC do it by themselves. What was discarded, detached or lost to a panic says nothing about the endpoint.
//!
//! Take it wherever there are three endpoints or more, and one may fail while it still accepts connections. An endpoint
//! that cannot be dialed needs no ejection: dials back off by themselves.
//!
//! Source: gRPC's proposal A50 and Envoy's *Outlier detection*, with their defaults; `consecutive_failures` is Envoy's
//! `consecutive_5xx`, `panic_threshold` its healthy panic threshold, `slow_start` its slow start. As there, a place in
//! the multiplier is taken back for each interval without an ejection, and one endpoint may rest however few there are.
//! Ours is that an endpoint comes back when its time is over, and not at the next interval after that; that one which
//! would make it more than `max_resting` does not rest, where gRPC lets the last one exceed it; and there is no chance
//! of enforcement.

#![forbid(unsafe_code)]

mod host;
mod options;
mod policy;
mod verdict;

pub use options::{FailureShare, OutlierEjectionOptions, SlowStart, SuccessRate};
pub use policy::OutlierEjection;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::health::<OutlierEjection>();
