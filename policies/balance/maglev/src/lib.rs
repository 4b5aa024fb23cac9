//! Keys find their endpoint in a table: even shares, the quickest pick.
//!
//! ```toml
//! balance = { kind = "maglev" }
//! wait    = { strict = true }
//! ```
//!
//! The acquire call carries a key. A table of 65 537 rows says for each row which endpoint it belongs to; a key's row
//! is its hash modulo that number. The endpoints fill the table in turns: each has an order of all rows of its own,
//! made from its name, and takes the next free row in it. One of half the weight has a turn every second time. So every
//! process that knows the same endpoints sends the same key to the same one, without a word between them.
//!
//! * **Shares are even:** right within one row for each endpoint, if there are many more rows than endpoints.
//! * **Some keys move.** When one of N leaves or joins, its keys move, one in N; and some of the others too, since the
//!   endpoints take their turns in another order then: about 2 in N together, less in a larger table.
//! * **The caller hashes.** The key is a number of 64 bits, best a hash of a user, a tenant, a cache key. It is mixed
//!   once more with xxHash64, so that small numbers in a row are spread as well.
//! * **Without a key** the caller gets a row by chance, reason `no-key`.
//! * **One that cannot serve now**, being full, at rest or in back-off, is passed by: the next row's serves, reason
//!   `next-in-table`. The keys come back to their own when it can serve again.
//! * Weight 0 has no row; if all weights are 0, all count alike. Each other has one at least, as long as there are no
//!   more endpoints than rows.
//!
//! A key's endpoint is kept for sure with `wait.strict` only: there a caller waits for the connection of its own
//! endpoint. Without it, one who finds nothing idle there takes what is idle elsewhere, and one who waits takes what
//! comes first.
//!
//! **When to choose it:** where keys should find the same endpoint nearly always, and load should be even among them:
//! connection tracking, session affinity, caches that can bear some misses. **When not:** where a key that moves is
//! dear (`ring-hash` moves none that need not, and has a bound for hot keys); where callers have no keys (any other
//! policy).
//!
//! A table is built at the first pick after the endpoints have changed: 2.5 ms for 8 of them, 5 ms for 1 024. A
//! pick reads one row, in 15 to 25 ns.
//!
//! Source: Eisenbud and others: Maglev, a Fast and Reliable Software Network Load Balancer (NSDI 2016), section 3.4,
//! with weights and hashes as in Envoy's `maglev`: for the same names and weights the table is Envoy's.
//!
//! ```
//! use pool_balance_maglev::Maglev;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! for address in ["a:1", "b:1", "c:1"] {
//!     paper.endpoint(Endpoint::new(address));
//! }
//! let mut policy = Maglev::default();
//! let mut pick = |key| paper.with_cx(Some(key), |paper, cx| policy.pick(&paper.endpoints_view(), cx).choice);
//! let owner = pick(42);
//! assert!((0..100).all(|_| pick(42) == owner));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;
mod table;

pub use options::MaglevOptions;
pub use policy::Maglev;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<Maglev>();
