//! The endpoints serve by weight, from a schedule that costs the same however many there are.
//!
//! ```toml
//! balance = { kind = "static-stride" }
//! ```
//!
//! All endpoints are gone through in order, again and again. The heaviest serves each time; one of a third of its
//! weight in one round of three, and in which one can be computed from the number of the round and its place in the
//! order. So there is no queue to keep: whose turn it is, is a number that counts up. Weights 5, 1, 1 give `a c a a
//! b a a` again and again: the light ones are set apart from each other. After as many grants as the weights add up to
//! the shares are right within one or two.
//!
//! * Each grant uses up one turn. If another endpoint was served than the one whose turn it was, since a caller that
//!   had waited got its connection, then that one has had its next turn in advance, and the one that was passed by is
//!   owed one. One turn at most is remembered of each, so no flood follows.
//! * **One that cannot serve now**, being full, at rest or in back-off, is passed over and loses its turn: the next in
//!   the schedule serves, reason `next-in-schedule`.
//! * It begins anywhere in the schedule, so that many clients do not fall into step.
//! * The place in the schedule survives a change of the endpoints.
//! * Weights are counted as parts of the heaviest, from 1 to 65535. Weight 0 gets nothing; if all weights are 0, all
//!   count alike.
//!
//! **When to choose it:** with hundreds of endpoints of different weights, where `smooth-weighted`, which looks at all
//! of them for each grant, costs too much: 15 µs for a
//! pick and its grant with 1 024 endpoints, where this one takes 30 ns. **When not:** with a dozen, where `smooth-weighted` mixes them more evenly
//! and is exact; with weights that change each second, as each change builds the schedule anew, in time that grows with
//! the number of endpoints. Weights here are those that discovery gives; nothing is learnt from how endpoints fare.
//!
//! A pick looks at as many places in the order as the heaviest endpoint is heavier than the mean; it looks at all of
//! them if so many cannot serve that none of a whole round can.
//!
//! Source: gRFC A58, `weighted_round_robin`, in the form of grpc-go's `edfScheduler` and gRPC core's
//! `StaticStrideScheduler`. There weights come from the servers' own reports, and 0 means the mean.
//!
//! ```
//! use pool_balance_static_stride::StaticStride;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! for (address, weight) in [("a", 5), ("b", 1), ("c", 1)] {
//!     paper.endpoint(Endpoint::new(address).weight(weight));
//! }
//! let mut policy = StaticStride::default();
//! let mut served = String::new();
//! for _ in 0..70 {
//!     paper.with_cx(None, |paper, cx| {
//!         let view = paper.endpoints_view();
//!         let pick = policy.pick(&view, cx).choice.expect("all can serve");
//!         policy.served(pick, &view, cx);
//!         served += view.get(pick).expect("a pick on view").spec().name();
//!     });
//! }
//! let times = |name| served.matches(name).count();
//! assert!((49..=51).contains(&times("a")) && (9..=11).contains(&times("b")) && (9..=11).contains(&times("c")));
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;
mod schedule;

pub use options::StaticStrideOptions;
pub use policy::StaticStride;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<StaticStride>();
