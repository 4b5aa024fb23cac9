//! Clearpool's connectors side by side with the clients and pools that people use for the same protocols, in one run, on
//! the same servers.
//!
//! `cargo bench -p clearpool-connector-benches` measures and writes `docs/connector-benchmarks.md`; with `-- --quick` it
//! takes a minute and writes nothing; `-- --only NAME` runs the workloads whose name contains that, and `-- --subject
//! NAME` one of the clients, for a profiler.
//!
//! # How
//!
//! A round runs each client once, for a fraction of a second, in an order that chance gives (with the same seed each
//! time). So a machine that is slow for a minute is slow for all: see `clearpool-benches`; and nobody has to run after the
//! same one always, whose sixteen server processes may still be ending. Clients are compared within each round, and the
//! median of these ratios counts: the best of each would compare one lucky round with another. In the tables stands what
//! a quarter of the rounds reached or bettered, for each column by itself: what else runs on the machine can only make a
//! round worse.
//!
//! Redis and PostgreSQL are real servers on this machine. The servers for HTTP and gRPC are hyper's and tonic's, on a
//! thread of this process. Clients run on two workers, with as many connections each, without TLS, and are warm when
//! measuring begins. Pools of databases lend their connections in turn, as the peers do by their defaults and ours by
//! `acquire = { kind = "fifo" }`: by its own default a lone caller of ours asks one process of PostgreSQL all the time,
//! and where on two cores the kernel puts that is all that would be seen.
//!
//! The peers are dev-dependencies of the bench alone, and this library has no tests, so that `cargo test` does not
//! build them. What clients there are, and what they are made to do, is in `benches/connectors/`.

#![forbid(unsafe_code)]

pub mod args;
pub mod load;
pub mod page;
pub mod reach;
pub mod results;
pub mod workload;

// As `clearpool-benches` has them, but without that crate, whose counting allocator would be a part of all that is
// measured.
#[path = "../../src/clock.rs"]
pub mod clock;
#[path = "../../src/spread.rs"]
pub mod spread;
#[path = "../../src/table.rs"]
pub mod table;
