//! The spike for real: 5 idle connections, at most 50, a dial takes 150 ms, the work 2 ms, and 50
//! callers come at once. With every preset, and with deadpool and bb8 beside them.
//!
//! `cargo bench -p clearpool-spike` measures and writes `docs/spike.md`, and exits with 1 if a pool
//! does not reach its row; with `-- --quick` it takes a few seconds and writes nothing. It is a crate
//! of its own, since it reads presets, and the comparison with other pools is built without the
//! application.
//!
//! # How
//!
//! The pools are configured as the cases in `tests/traces/spike` are, which show the same under a
//! virtual clock. Each round runs every pool once, anew, in an order that rotates; what is told are
//! medians over rounds. A dial is a sleep on tokio's timer. The work is a sleep on a thread of its
//! own, since tokio's timer has steps of a millisecond, which is half of the work.
//!
//! What the machine adds is measured beside the pools: *five tickets* are a semaphore in place of a
//! pool, and nothing serves 50 callers faster. What they take beyond 20 ms is granted to every pool.

#![forbid(unsafe_code)]

pub mod far;
pub mod page;
pub mod peers;
pub mod preset;
pub mod rounds;
pub mod row;
pub mod spike;
