//! `clearpool demo`: a pool from a file, on real servers, under load, with things going wrong.
//!
//! Three servers run as processes of their own, one of them slow. In turn: load that the pool can
//! serve, a server that is killed and comes back, a mistake and then a change in the configuration
//! file, more load than the pool can serve. What the policies promise is compared with what
//! happened, and the exit code says whether it held.
//!
//! Or one real problem, and nothing else: see [`Problem`].

mod compare;
mod load;
mod problem;
#[cfg(test)]
mod reloads;
mod report;
mod scene;
mod screen;
mod server;
mod servers;
mod stage;
mod table;
mod verdict;
mod viewer;
mod watch;

pub(crate) use compare::compare;
pub(crate) use problem::{Problem, play_problem};
pub(crate) use scene::play;
pub(crate) use server::serve;

/// The configuration that the demo plays with.
pub(crate) const CONFIG: &str = include_str!("../examples/demo.toml");

/// The pool of [`CONFIG`].
pub(crate) const POOL: &str = "orders";

/// What goes wrong with a demo itself, told to whoever started it.
pub(crate) type DemoResult<T> = Result<T, Box<dyn std::error::Error>>;
