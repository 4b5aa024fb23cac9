//! Several tasks on two workers, with a connection for each.

use cpu_time::ProcessTime;

use super::{Column, Flavour, Workload};
use crate::backend::Backend;
use crate::clock::Moment;
use crate::subject::{Setup, Subject};

/// Several tasks on two workers that acquire and release, with a connection for each: what two cores
/// cost each other.
#[derive(Debug, Clone, Copy)]
pub struct Workers {
    /// How many tasks.
    pub tasks: u32,
    /// Leases in a round, of all tasks together.
    pub leases: u32,
}

impl Workload for Workers {
    const COLUMNS: &'static [Column] = &[Column::less("ns per lease", 1), Column::less("CPU ns per lease", 1)];

    fn name(&self) -> &'static str {
        match self.tasks {
            2 => "workers-2",
            _ => "workers-64",
        }
    }

    fn about(&self) -> String {
        format!(
            "{} tasks on two workers acquire, touch and release without a pause, with {0} connections; wall time over \
             all leases, and CPU time of the process.",
            self.tasks
        )
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        let Workers { tasks, leases } = *self;
        let (wall, cpu) = Flavour::TwoWorkers.runtime().block_on(async move {
            let pool = S::build(Setup::new(Backend::leak(), tasks as usize)).await;
            crowd(&pool, tasks, leases / 20).await;
            let (started, cpu) = (Moment::now(), ProcessTime::now());
            crowd(&pool, tasks, leases).await;
            (started.elapsed(), cpu.elapsed())
        });
        let leases = f64::from(leases);
        Some(vec![wall as f64 / leases, cpu.as_nanos() as f64 / leases])
    }
}

async fn crowd<S: Subject>(pool: &S, tasks: u32, leases: u32) {
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..leases / tasks {
                    pool.turn().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics");
    }
}
