//! What is run, and what came of it.

use std::time::Duration;

use clearpool_connector_benches::args::Args;
use clearpool_connector_benches::load::Load;
use clearpool_connector_benches::results::{self, Results};
use clearpool_connector_benches::workload::{Subject, Target, Workload};
use pool_core::PoolOptions;

/// How long a client is called in a round.
const PERIOD: Duration = Duration::from_millis(300);

/// What came of all that was run.
pub(crate) struct Measured {
    args: Args,
    pub(crate) all: Vec<Results>,
}

impl Measured {
    pub(crate) fn new(args: Args) -> Measured {
        Measured { args, all: Vec::new() }
    }

    /// Whether any workload whose name begins so is to run: else its servers need not be started.
    pub(crate) fn wants(&self, names: &[String]) -> bool {
        names.iter().any(|name| self.args.wants(name))
    }

    /// Runs a workload if it is wanted, and prints it.
    pub(crate) fn run(&mut self, name: String, about: String, callers: usize, target: Target, subjects: Vec<Subject>) {
        if !self.args.wants(&name) {
            return;
        }
        let load = Load { callers, period: PERIOD };
        let results = results::run(&self.args, &Workload { name, about, load, target, subjects });
        println!("{}", results.as_text());
        self.all.push(results);
    }
}

/// Our options with so many connections.
pub(crate) fn options(connections: usize) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = u32::try_from(connections).expect("a few");
    options
}
