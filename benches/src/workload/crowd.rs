//! Many tasks on few connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Barrier;

use super::{Column, Flavour, Workload, warm};
use crate::backend::Backend;
use crate::clock::Moment;
use crate::spread::{Spread, jain};
use crate::subject::{Setup, Subject};

/// 64 tasks on 4 connections, each held over one yield: who waits, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// On which runtime.
    pub flavour: Flavour,
    /// How long a round is.
    pub period: Duration,
}

const TASKS: usize = 64;
const CONNECTIONS: usize = 4;

impl Workload for Crowd {
    const COLUMNS: &'static [Column] = &[
        Column::more("M leases/s", 2),
        Column::less("wait p50 µs", 1),
        Column::less("p99 µs", 1),
        Column::least("max µs", 0),
        Column::plain("Jain", 3),
    ];

    fn name(&self) -> &'static str {
        match self.flavour {
            Flavour::OneThread => "crowd-current-thread",
            Flavour::TwoWorkers => "crowd-two-workers",
        }
    }

    fn about(&self) -> String {
        let place = match self.flavour {
            Flavour::OneThread => "one thread",
            Flavour::TwoWorkers => "two workers",
        };
        format!(
            "{TASKS} tasks on {place} share {CONNECTIONS} connections; each holds one over one yield. The time of \
             waiting is taken by the task; Jain's index is of the leases that each task got. The longest wait is that of the quietest round: what \
             else runs on the machine only adds to it."
        )
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        let (stop, period) = (Arc::new(AtomicBool::new(false)), self.period);
        let told = Arc::clone(&stop);
        let (took, shares, waits) = self.flavour.runtime().block_on(async move {
            let pool = S::build(Setup::new(Backend::leak(), CONNECTIONS)).await;
            warm(&pool, CONNECTIONS).await;
            let all = Arc::new(Barrier::new(TASKS + 1));
            let tasks: Vec<_> =
                (0..TASKS).map(|_| tokio::spawn(share(pool.clone(), Arc::clone(&all), Arc::clone(&stop)))).collect();
            all.wait().await;
            let started = Moment::now();
            // Not a task: on one thread a pool that starves others would starve it, too.
            let watch = std::thread::spawn(move || {
                std::thread::sleep(period);
                told.store(true, Ordering::Relaxed);
                started.elapsed()
            });
            let (mut shares, mut waits) = (Vec::new(), Spread::default());
            for task in tasks {
                let (leases, waited) = task.await.expect("no task panics");
                shares.push(leases);
                waits.absorb(&waited);
            }
            (watch.join().expect("it only sleeps"), shares, waits)
        });
        let leases: u64 = shares.iter().sum();
        Some(vec![
            leases as f64 * 1e3 / took as f64,
            waits.quantile(0.5) / 1e3,
            waits.quantile(0.99) / 1e3,
            waits.max() / 1e3,
            jain(&shares),
        ])
    }
}

/// What one task got, and how long it waited each time. A lease that is granted after the end counts
/// as waited for, and not as got.
async fn share<S: Subject>(pool: S, all: Arc<Barrier>, stop: Arc<AtomicBool>) -> (u64, Spread) {
    let (mut leases, mut waits) = (0, Spread::default());
    all.wait().await;
    while !stop.load(Ordering::Relaxed) {
        let asked = Moment::now();
        let mut lease = pool.acquire().await.unwrap_or_else(|_| panic!("the backend works"));
        waits.record(asked.elapsed());
        lease.uses += 1;
        leases += u64::from(!stop.load(Ordering::Relaxed));
        tokio::task::yield_now().await;
    }
    (leases, waits)
}
