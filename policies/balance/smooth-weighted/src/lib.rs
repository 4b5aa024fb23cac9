//! The endpoints serve by weight, evenly mixed.
//!
//! ```toml
//! balance = { kind = "smooth-weighted" }
//! ```
//!
//! Each endpoint has a credit. A grant adds to every credit that endpoint's weight, and takes the sum of
//! the weights from the one that served; the next to serve is the one that would then have the most, the
//! earlier of two that are equal. Weights 5, 1, 1 give `a a b a c a a` and not `a a a a a b c`: the heavy
//! one is spread out. After as many grants as the weights add up to, the shares are exact and all
//! credits are back at zero.
//!
//! Every grant counts, also those given to callers that had to wait, so the shares hold under load too.
//!
//! * One that cannot serve for a while saves up one turn at most, and no flood follows when it is back.
//! * One whose dials fail saves up nothing.
//! * Credits survive a change of the endpoints. A newcomer begins at zero, in the middle of the others.
//! * Weight 0 gets nothing; if all weights are 0, all count alike.
//!
//! Source: nginx's `ngx_http_upstream_get_peer` (2012). There the credit moves with the pick; here with the
//! grant, which may come later, or from another endpoint.
//!
//! ```
//! use pool_balance_smooth_weighted::SmoothWeighted;
//! use pool_core::fixture::Paper;
//! use pool_core::{BalancePolicy, Endpoint};
//!
//! let mut paper = Paper::new();
//! for (address, weight) in [("a", 5), ("b", 1), ("c", 1)] {
//!     paper.endpoint(Endpoint::new(address).weight(weight));
//! }
//! let mut policy = SmoothWeighted::default();
//! let order: Vec<_> = (0..7)
//!     .map(|_| {
//!         paper.with_cx(None, |paper, cx| {
//!             let view = paper.endpoints_view();
//!             let pick = policy.pick(&view, cx).choice.expect("all can serve");
//!             policy.served(pick, &view, cx);
//!             view.get(pick).expect("a pick on view").spec().address.clone()
//!         })
//!     })
//!     .collect();
//! assert_eq!(order.concat(), "aabacaa");
//! ```

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::SmoothWeightedOptions;
pub use policy::SmoothWeighted;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::balance::<SmoothWeighted>();
