//! Clearpool side by side with deadpool, bb8 and mobc, all in one process on the same trivial backend.
//!
//! `cargo bench -p clearpool-benches` measures and writes `docs/benchmarks.md`; with `-- --quick` it
//! takes under a minute and writes nothing; `-- --only NAME` runs one workload.
//! `cargo run --release -p clearpool-benches --bin pitfalls` runs what broke in other pools against
//! all of them and writes `docs/pitfalls.md`.
//!
//! # Why a harness of our own
//!
//! criterion and divan measure one function to the end before they begin the next. On a machine that
//! is shared, or whose clock rate and placement of cores change within minutes, the ratio of two such
//! runs says more about the minute than about the pools. Here every round runs all pools, one after
//! the other, in an order that rotates, and the ratios are of medians over rounds. Besides, what
//! matters is not only a mean: tails of waiting, fairness, bytes, dials.
//!
//! # How
//!
//! The connection is 24 bytes and made of nothing. Clearpool runs as a configuration would build it:
//! all metrics on, exact timing, a time-out, a maximum age and an idle time-out. deadpool runs as it
//! comes (without time-outs); bb8 and mobc without lifetime and check at each acquire, which they
//! have on by default and which would slow them down. One-thread rows count the thread's CPU time,
//! which neighbours do not disturb; the others count wall time.

#![forbid(unsafe_code)]

pub mod args;
pub mod backend;
pub mod clock;
pub mod page;
pub mod reach;
pub mod report;
pub mod rounds;
pub mod spread;
pub mod subject;
pub mod table;
pub mod workload;
