//! The shell, with connections that are made of nothing.
//!
//! Tests whose names begin with `t` and a number are regressions of bugs that bit real pools, in the
//! numbering of the pitfalls of the project.

#![forbid(unsafe_code)]

mod cancel;
mod clock;
mod dials;
mod endpoints;
mod errors;
mod execute;
mod faults;
mod gone;
mod holders;
mod leases;
mod life;
mod limits;
mod observer;
mod own_dials;
mod plugin;
mod reentrancy;
mod runtimes;
mod script;
mod shared;
mod sizing;
mod sources;
mod stats;
mod upkeep;
mod waiting;
