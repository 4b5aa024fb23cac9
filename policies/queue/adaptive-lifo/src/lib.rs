//! First come, first served, until a queue forms; then the newest first.
//!
//! ```toml
//! [pools.orders.queue]
//! kind = "adaptive-lifo"
//! above = 10
//! give_up_after = "1s"
//! ```
//!
//! In overload, who has waited longest is the one whose own caller is most likely to have given up. Served first come,
//! first served, everybody waits as long as the queue is, and many answers come too late to be of use; served newest
//! first, those who come now are served at once, and only those who are late anyway stay late. As long as few wait, it
//! is fair: first come, first served.
//!
//! Take it where callers have deadlines and an answer that is late is worth nothing: web requests. Leave it where each
//! caller must be served in the end, for in overload the oldest wait until it is over, or their time is. Give
//! `give_up_after` (or a short `wait.timeout`) so that they are told early; `codel` keeps the order and sheds the load
//! instead.
//!
//! Source: Ben Maurer, *Fail at Scale*, ACM Queue 2015: adaptive LIFO, beside CoDel. The paper gives no number for "a
//! queue is starting to form"; `above` is ours, and so is `give_up_after`, which stands for CoDel's part in it.

#![forbid(unsafe_code)]

mod options;
mod policy;

pub use options::AdaptiveLifoOptions;
pub use policy::AdaptiveLifo;

use pool_core::Plugin;

/// The policy as a plugin, to be listed in a [`Registry`](pool_core::Registry).
pub const PLUGIN: Plugin = Plugin::queue::<AdaptiveLifo>();
