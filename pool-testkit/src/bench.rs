//! What a call of a policy costs, at 8, 64 and 1024 endpoints or connections, beside the plainest policy of its role.
//!
//! A policy's crate has a `benches/cost.rs` with one line, and `cargo bench` prints the table:
//!
//! ```toml
//! [[bench]]
//! name = "cost"
//! harness = false
//! ```
//!
//! ```no_run
//! # mod pool_balance_mine { pub use pool_testkit::mutants::balance::GULLIBLE as PLUGIN; }
//! pool_testkit::bench!(pool_balance_mine::PLUGIN);
//! ```
//!
//! Both are measured in turns in the same run, so that what else the machine does meets both. A number contains what
//! the pool on paper itself costs for a call, a few nanoseconds.

mod cases;
mod plainest;

use std::env;
use std::fmt;
use std::time::{Duration, Instant};

use crate::Subject;

pub(crate) use cases::cases;

/// A bench: `main` prints what a call of the plugin's policy costs.
///
/// Further sets of options follow as JSON, each with a table of its own, as in [`conformance!`](crate::conformance).
#[macro_export]
macro_rules! bench {
    ($plugin:expr $(, $options:tt)* $(,)?) => {
        fn main() {
            $crate::bench::run($plugin);
            $($crate::bench::run($crate::Subject::new($plugin, $crate::json!($options)));)*
        }
    };
}

/// How many endpoints, connections or callers there are.
pub const SIZES: [usize; 3] = [8, 64, 1024];

/// Turns that each of the two takes; the middle one of its times is told.
const TURNS: usize = 15;
/// How long a turn lasts, about.
const TURN: Duration = Duration::from_millis(4);

/// What one call costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Which call.
    pub call: &'static str,
    /// Among how many endpoints, connections or callers.
    pub size: usize,
    /// Nanoseconds for a call of the policy.
    pub nanos: f64,
    /// The same for the plainest policy of the role.
    pub plainest: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { call, size, nanos, plainest } = self;
        write!(f, "{call:<22} {size:>5} {nanos:>11.1} ns {plainest:>11.1} ns {:>8.2}", nanos / plainest)
    }
}

/// Measures a policy and prints the table. Without `--bench` among the arguments, which `cargo bench` gives, each call
/// is made once, to see that it can be made.
pub fn run(subject: impl Into<Subject>) {
    let subject = subject.into();
    let for_long = env::args().any(|it| it == "--bench");
    println!("{subject}");
    println!("{:<22} {:>5} {:>14} {:>14} {:>8}", "call", "of", "policy", "plainest", "ratio");
    for cost in costs(&subject, for_long) {
        println!("{cost}");
    }
}

/// What each call costs, at each size; roughly, unless it may take some seconds.
pub fn costs(subject: &Subject, for_long: bool) -> Vec<Cost> {
    let turn = if for_long { TURN } else { Duration::ZERO };
    let measured = |size| {
        cases(subject, size).into_iter().map(move |mut case| {
            let (nanos, plainest) = in_turns(&mut *case.policy, &mut *case.plainest, turn);
            Cost { call: case.call, size, nanos, plainest }
        })
    };
    SIZES.into_iter().flat_map(measured).collect()
}

/// A call of a policy, and the same of the plainest.
pub(crate) struct Case {
    pub(crate) call: &'static str,
    pub(crate) policy: Box<dyn FnMut()>,
    pub(crate) plainest: Box<dyn FnMut()>,
}

fn in_turns(one: &mut dyn FnMut(), other: &mut dyn FnMut(), turn: Duration) -> (f64, f64) {
    let calls = (calls_in(one, turn), calls_in(other, turn));
    let (mut ones, mut others): (Vec<_>, Vec<_>) =
        (0..TURNS).map(|_| (nanos_each(one, calls.0), nanos_each(other, calls.1))).unzip();
    (middle(&mut ones), middle(&mut others))
}

/// How many calls take so long. These warm up, too.
fn calls_in(call: &mut dyn FnMut(), time: Duration) -> u32 {
    let mut calls = 1;
    while calls < 1 << 24 && nanos_each(call, calls) * f64::from(calls) < time.as_nanos() as f64 {
        calls *= 2;
    }
    calls
}

fn nanos_each(call: &mut dyn FnMut(), calls: u32) -> f64 {
    let begin = now();
    (0..calls).for_each(|_| call());
    (now() - begin).as_nanos() as f64 / f64::from(calls)
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn now() -> Instant {
    Instant::now()
}

fn middle(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
