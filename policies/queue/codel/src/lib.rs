//! In overload, who has waited too long is turned away, so that others are served in time.
//!
//! ```toml
//! [pools.orders.queue]
//! kind = "codel"
//! target = "5ms"
//! interval = "100ms"
//! ```
//!
//! A queue that empties now and then is good: it takes up bursts. One in which even the luckiest waits is overload, and
//! waiting longer serves nobody. So it is the *shortest* wait of an interval that counts: if it was above `target`, the
//! next interval is one of overload, and in it whoever is about to be served and has waited longer than twice the
//! target is turned away, with the error `Rejected`. Callers are served first come, first served.
//!
//! Take it where a caller has better things to do than to wait: it answers in a few milliseconds under any overload,
//! and sheds just what cannot be carried. Leave it where each caller must be served in the end, as in a batch; and take
//! a `wait.timeout` alone where overload does not happen. `adaptive-lifo` serves more callers in time in overload, at
//! the price of order.
//!
//! Source: Kathleen Nichols and Van Jacobson, *Controlling Queue Delay*, ACM Queue 2012, in the form for servers of
//! folly's `Codel.h`: no drop intervals that shrink, but a second bound of twice the target. As there, the first caller
//! of an interval is never turned away. Ours is that a pause of more than an interval without anybody waiting ends the
//! overload: folly's queue is asked by every request, this one only by those that wait.

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::CodelOptions;
pub use policy::Codel;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::queue::<Codel>();
