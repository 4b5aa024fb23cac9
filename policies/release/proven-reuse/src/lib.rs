//! Connections are kept where a second lease of them works, and closed where it fails.
//!
//! ```toml
//! release = { kind = "proven-reuse", failures = 3, retry_after = "30s" }
//! ```
//!
//! For servers and proxies that say they keep connections and close them after each request, or that lose what a
//! second request on a connection would need. Each connection that is kept there costs a failed lease; this
//! policy notices, and uses a connection once until that has changed. Where reuse works it keeps everything, as
//! `keep` does. Not for shared connections, where one lease says nothing about the next.
//!
//! What it knows, it knows by endpoint, from the second lease of connections:
//!
//! - A connection that has served one lease is kept on probation (`probation`). One that has served two or more,
//!   well, is proven (`proven`), and all at its endpoint are trusted: so also after failures.
//! - A second lease that finds its connection dead, or breaks it, is a failure. After `failures` of them without a proof
//!   in between, connections to that endpoint are closed after their first lease (`reuse-fails`).
//! - When `retry_after` has passed, one is kept after all (`trial`). Its second lease decides: well, and all are kept
//!   again; badly, and it takes `retry_after` more. If nobody uses it again in that time, another is tried.
//!
//! A lease that merely failed (`failed`) on a good connection is a proof, as one that went well; a later failure of a
//! connection that was proven says nothing, for every connection ends some day. Connections that are idle when an
//! endpoint loses its trust stay idle: each may cost one failure more.
//!
//! Source: HAProxy's `http-reuse` (`safe`, `aggressive`): a connection counts as good for any request once it has
//! served a second one. There it is the choice of requests that is careful, here the keeping; the count of failures and
//! the trial are ours.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, Outcome, ReleasePolicy, Settle};
//! use pool_release_proven_reuse::{ProvenReuse, ProvenReuseOptions};
//!
//! let mut policy = ProvenReuse::new(&ProvenReuseOptions::default())?;
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! for wanted in [Settle::Keep, Settle::Keep, Settle::Keep, Settle::Close] {
//!     let conn = paper.idle(a, paper.now());
//!     paper.lease(conn);
//!     let first = paper.with_cx(None, |paper, cx| policy.settle(&paper.lease_view(conn, Outcome::Ok), cx));
//!     assert_eq!(first.choice, Some(wanted));
//!     paper.release(conn);
//!     paper.lease(conn); // if it was kept: the server has closed it
//!     paper.with_cx(None, |paper, cx| policy.lost(&paper.lease_view(conn, Outcome::Dead), cx));
//! }
//! # Ok::<(), pool_core::OptionError>(())
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::ProvenReuseOptions;
pub use policy::ProvenReuse;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::release::<ProvenReuse>();
