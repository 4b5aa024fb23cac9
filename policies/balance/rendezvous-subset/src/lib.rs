//! A few of many endpoints serve, in turn; others for each client.
//!
//! ```toml
//! balance = { kind = "rendezvous-subset", subset_size = 20 }
//! ```
//!
//! Where hundreds of clients each have connections to hundreds of servers, most of these lie idle, and each server
//! holds thousands. Here each client keeps to a subset. It gives each endpoint a number, the xxHash64 of its name under
//! a seed of its own, and takes the `subset_size` endpoints with the lowest. Clients with other seeds take others, so
//! that all servers have clients, each about as many.
//!
//! * **Little changes.** When an endpoint joins or leaves, at most one of the subset is replaced: the numbers of the
//!   others stay as they are. No other connection has to be made.
//! * **The seed** is drawn by chance for each pool, and kept when the options change on a live one. With
//!   `client = "web-7"` it is made from that name instead, so that a client has the same subset after it was started
//!   anew. Names must differ among the clients.
//! * **Within the subset** the endpoints serve in turn, as with `round-robin`. Not by the fewest leases: one that fails
//!   fast has few, and would draw all callers.
//! * **One that cannot serve now**, being full, at rest or in back-off, is passed over; if none of the subset can, the
//!   endpoint with the next higher number serves, reason `beyond-subset`. So no caller is turned away for the sake of
//!   the subset, but there are more connections than were meant.
//! * Weights play no part, save that one of weight 0 is in no subset; if all weights are 0, all count alike. Keys play
//!   none either.
//!
//! **When to choose it:** with many clients and many servers, where connections are dear: those of databases, of TLS.
//! **When not:** with few clients, since chance leaves some servers with hardly any then: there should be many more
//! clients times `subset_size` than servers. With weights that matter. Where each server must hear of each client.
//!
//! The numbers are sorted at the first pick after the endpoints have changed: 60 µs for 1 024. A pick and its
//! grant cost 20 ns, however many there are, as long as one of the subset can serve.
//!
//! Source: gRFC A68, `random_subsetting`: Thaler and Ravishankar's rendezvous hashing (1996). There the hash is
//! MurmurHash3; any good one does, as no two clients need agree.
//!
//! ```
//! use pool_balance_rendezvous_subset::{RendezvousSubset, RendezvousSubsetOptions};
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! for number in 0..100 {
//!     paper.endpoint(Endpoint::new(format!("{number}:1")));
//! }
//! let mut options = RendezvousSubsetOptions::default();
//! options.subset_size = 3;
//! let mut policy = RendezvousSubset::new(options)?;
//! let mut serve = || paper.with_cx(None, |paper, cx| {
//!     let view = paper.endpoints_view();
//!     let pick = policy.pick(&view, cx).choice.expect("all can serve");
//!     policy.served(pick, &view, cx);
//!     pick
//! });
//! let [a, b, c, again] = [serve(), serve(), serve(), serve()];
//! assert!(a != b && b != c && c != a);
//! assert_eq!(again, a);
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;
mod subset;

pub use options::RendezvousSubsetOptions;
pub use policy::RendezvousSubset;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<RendezvousSubset>();
