//! A backend that refuses.

use std::time::Duration;

use super::{Column, Flavour, Workload};
use crate::backend::{Answer, Backend};
use crate::clock::Moment;
use crate::spread::Spread;
use crate::subject::{Setup, Subject};

/// 64 callers and a backend that refuses: how often it is dialed, and how long the callers wait for
/// the bad news.
#[derive(Debug, Clone, Copy)]
pub struct Dead {
    /// How long a round is.
    pub period: Duration,
}

const CALLERS: usize = 64;

/// What an acquire may take, for the pool that hides the error until then.
const TIMEOUT: Duration = Duration::from_millis(500);

impl Workload for Dead {
    const COLUMNS: &'static [Column] = &[
        Column::less("dials/s", 0),
        Column::less("error p50 µs", 1),
        Column::less("p99 µs", 1),
        Column::less("first error of all µs", 0),
    ];

    fn name(&self) -> &'static str {
        "dead"
    }

    fn about(&self) -> String {
        format!(
            "{CALLERS} callers on two workers acquire from a backend that refuses every dial at once, and ask again as \
             soon as they are told. An acquire may take {TIMEOUT:?}."
        )
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        let period = self.period;
        Flavour::TwoWorkers.runtime().block_on(async move {
            let backend = Backend::leak();
            backend.set_dial(Answer::No);
            let pool = S::build(Setup { timeout: Some(TIMEOUT), ..Setup::new(backend, 10) }).await;
            let started = Moment::now();
            let callers: Vec<_> = (0..CALLERS)
                .map(|_| {
                    let pool = pool.clone();
                    tokio::spawn(async move { ask(&pool, started, period).await })
                })
                .collect();
            let (mut errors, mut slowest) = (Spread::default(), 0);
            for caller in callers {
                let (mine, first) = caller.await.expect("no task panics");
                errors.absorb(&mine);
                slowest = slowest.max(first);
            }
            let seconds = started.elapsed() as f64 / 1e9;
            Some(vec![
                backend.dials() as f64 / seconds,
                errors.quantile(0.5) / 1e3,
                errors.quantile(0.99) / 1e3,
                slowest as f64 / 1e3,
            ])
        })
    }
}

/// How long each error took, and the first one.
async fn ask<S: Subject>(pool: &S, started: Moment, period: Duration) -> (Spread, u64) {
    let (mut errors, mut first) = (Spread::default(), 0);
    while started.elapsed() < period.as_nanos() as u64 {
        let asked = Moment::now();
        assert!(pool.acquire().await.is_err(), "the backend refuses");
        errors.record(asked.elapsed());
        if first == 0 {
            first = started.elapsed();
        }
        tokio::task::yield_now().await;
    }
    (errors, first)
}
