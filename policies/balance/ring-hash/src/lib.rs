//! Keys find their endpoint on a ring; few keys move when one joins or leaves.
//!
//! ```toml
//! balance = { kind = "ring-hash" }
//! wait    = { strict = true }
//! ```
//!
//! The acquire call carries a key. Each endpoint has many places on a ring, as many as its weight says. A key belongs
//! to the endpoint whose place is the first clockwise from it. So every process that knows the same endpoints sends the
//! same key to the same one, without a word between them.
//!
//! * **Few keys move.** A place is the xxHash64 of the endpoint's name and a number; it depends on no other endpoint.
//!   When one of N leaves, its keys, one in N, go to the others, and no other key moves; when it comes back they
//!   return. The one exception: where the ring would outgrow `max_ring_size`, all endpoints have half as many places
//!   from then on, and about half of the keys move once.
//! * **The caller hashes.** The key is a number of 64 bits, best a hash of a user, a tenant, a cache key. It is mixed
//!   once more with xxHash64, so that small numbers in a row are spread as well.
//! * **Without a key** the caller gets a place by chance, reason `no-key`.
//! * **One that cannot serve now**, being full, at rest or in back-off, is passed by: the next clockwise serves, reason
//!   `next-on-ring`. The keys come back to their own when it can serve again.
//! * **Hot keys.** With `hash_balance_factor = 150` an endpoint that has one and a half times its fair share of the
//!   leases is passed by as well, reason `over-bound`. A fair share is that of its weight among those that can serve.
//!   To know it, the leases of all endpoints are added up at each pick.
//! * Weight 0 has no place; if all weights are 0, all count alike.
//!
//! A key's endpoint is kept for sure with `wait.strict` only: there a caller waits for the connection of its own
//! endpoint. Without it, one who finds nothing idle there takes what is idle elsewhere, and one who waits takes what
//! comes first.
//!
//! **When to choose it:** where an endpoint serves a key better for having served it before: caches, shards, sticky
//! sessions; and keys must not move while endpoints come and go. **When not:** for even load, since shares are off by
//! some per cent: their standard deviation is one in the root of an endpoint's places, 3 % with 1 024, and the worst of
//! ten is off by 6 %, of 64 by 10 %. With more endpoints each has fewer places, unless `max_ring_size` is raised: the
//! worst of 100 is off by 13 %, of 500 by a third. Nor where each pick must be as cheap as can be and some more moved
//! keys do no harm (`maglev`), nor where callers have no keys (any other policy).
//!
//! A ring is built at the first pick after the endpoints have changed: 0.4 ms for 8 endpoints of weight 1, and some
//! 3 ms for 64 or 1 024, as it has no more than 65 536 places. A pick is a binary search, 45 to 90 ns; with a bound for
//! hot keys 5 ns more for each endpoint.
//!
//! Source: ketama (Last.fm, 2007), in the form that Envoy's `ring_hash` and gRFC A42 give it: places are hashed as
//! there (`name_0`, `name_1`…), so a place in Envoy's ring is one here. The number of places is nginx's and HAProxy's,
//! so many for each unit of weight, since in A42's each change of the set changes the places of all. The bound is
//! HAProxy's `hash-balance-factor` (Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2016).
//!
//! ```
//! use pool_balance_ring_hash::RingHash;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! for address in ["a:1", "b:1", "c:1"] {
//!     paper.endpoint(Endpoint::new(address));
//! }
//! let mut policy = RingHash::default();
//! let mut pick = |key| paper.with_cx(Some(key), |paper, cx| policy.pick(&paper.endpoints_view(), cx).choice);
//! let owner = pick(42);
//! assert!((0..100).all(|_| pick(42) == owner));
//! ```

#![forbid(unsafe_code)]

mod bound;
mod options;
mod policy;
mod ring;

pub use options::RingHashOptions;
pub use policy::RingHash;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<RingHash>();
