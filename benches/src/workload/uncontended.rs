//! One task that acquires and releases.

use cpu_time::ThreadTime;

use super::{Column, Flavour, Workload};
use crate::backend::Backend;
use crate::subject::{Setup, Subject};

/// One task that acquires and releases: what a lease costs.
#[derive(Debug, Clone, Copy)]
pub struct Uncontended {
    /// Leases in a round.
    pub leases: u32,
}

impl Workload for Uncontended {
    const COLUMNS: &'static [Column] = &[Column::less("ns per lease", 1)];

    fn name(&self) -> &'static str {
        "uncontended"
    }

    fn about(&self) -> String {
        "One task on one thread acquires, touches the connection and releases it; CPU time of the thread.".to_owned()
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        let leases = self.leases;
        let took = Flavour::OneThread.runtime().block_on(async move {
            let pool = S::build(Setup::new(Backend::leak(), 10)).await;
            turns(&pool, leases / 20 + 1).await;
            let started = ThreadTime::now();
            turns(&pool, leases).await;
            started.elapsed()
        });
        Some(vec![took.as_nanos() as f64 / f64::from(leases)])
    }
}

async fn turns<S: Subject>(pool: &S, leases: u32) {
    for _ in 0..leases {
        pool.turn().await;
    }
}
