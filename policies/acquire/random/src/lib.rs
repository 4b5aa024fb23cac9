//! Any idle connection is handed out, all equally likely.
//!
//! ```toml
//! acquire = { kind = "random" }
//! ```
//!
//! So that use falls on all connections without order: where what lies behind a connection is not the same for all, as
//! behind a load balancer, and callers in step would meet it in step. It finds a bad connection as likely on the
//! tenth try as on the first, where `lifo` may hand out the same one again and again. Under a small load it
//! keeps most connections in use now and then, so that an idle time-out closes few of them.
//!
//! All randomness is the pool's, so that a run can be replayed. It walks to the one drawn: half of the idle connections
//! on average.
//!
//! Source: uniform choice, as HAProxy's `balance random(1)` makes it among servers.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{AcquirePolicy, Endpoint};
//! use pool_acquire_random::Random;
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let conns = [paper.idle(a, paper.now()), paper.idle(a, paper.now())];
//! let decision = paper.with_cx(None, |paper, cx| Random.choose(&paper.idle_view(a), cx));
//! assert!(conns.contains(&decision.choice.expect("two are idle")));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::RandomOptions;
pub use policy::Random;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::acquire::<Random>();
