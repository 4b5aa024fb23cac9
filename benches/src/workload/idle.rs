//! Very many idle connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Column, Flavour, Workload};
use crate::backend::Backend;
use crate::clock::Moment;
use crate::spread::Spread;
use crate::subject::{Setup, Subject};

/// 10 000 idle connections that expire while somebody acquires.
#[derive(Debug, Clone, Copy)]
pub struct Idle;

const CONNECTIONS: usize = 10_000;

/// Long enough to make and return them all.
const IDLE_FOR: Duration = Duration::from_millis(150);

/// One caller goes on for so long.
const WATCHED: Duration = Duration::from_millis(300);

impl Workload for Idle {
    const COLUMNS: &'static [Column] = &[
        Column::less("pass ms", 2),
        Column::less("acquire p50 ns", 0),
        Column::less("p99.99 µs", 2),
        Column::least("max µs", 0),
    ];

    fn name(&self) -> &'static str {
        "idle"
    }

    fn about(&self) -> String {
        format!(
            "{CONNECTIONS} connections become idle and expire after {IDLE_FOR:?}, by the pool's own reaper, or the \
             loop around `retain` that deadpool's documentation shows; one caller on the other worker goes on acquiring \
             for {WATCHED:?}. The pass lasts from the first of them closed to the last. mobc has no reaper for idle \
             connections."
        )
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        if S::NAME == "mobc" {
            return None;
        }
        Flavour::TwoWorkers.runtime().block_on(async {
            let backend = Backend::leak();
            let setup = Setup { idle_timeout: Some(IDLE_FOR), ..Setup::new(backend, CONNECTIONS) };
            let pool = S::build(setup).await;
            let mut held = Vec::with_capacity(CONNECTIONS);
            for _ in 0..CONNECTIONS {
                held.push(pool.acquire().await.unwrap_or_else(|_| panic!("the backend works")));
            }
            held.clear();
            let full = backend.live();
            let done = Arc::new(AtomicBool::new(false));
            let told = Arc::clone(&done);
            // On a thread of its own: it looks all the time, and must not keep a worker from its tasks.
            let watch = std::thread::spawn(move || pass(backend, full, &told));
            let waits = tokio::spawn(async move { acquire(&pool).await }).await.expect("no task panics");
            done.store(true, Ordering::Relaxed);
            let pass = watch.join().expect("it only looks")?;
            Some(vec![pass as f64 / 1e6, waits.quantile(0.5), waits.quantile(0.9999) / 1e3, waits.max() / 1e3])
        })
    }
}

/// How long it takes from the first connection closed to the last but those in use.
fn pass(backend: &Backend, full: i64, done: &AtomicBool) -> Option<u64> {
    let mut began = None;
    while !done.load(Ordering::Relaxed) {
        let live = backend.live();
        if live < full && began.is_none() {
            began = Some(Moment::now());
        }
        if live <= 1 {
            return began.map(Moment::elapsed);
        }
        std::thread::sleep(Duration::from_micros(20));
    }
    None
}

async fn acquire<S: Subject>(pool: &S) -> Spread {
    let (started, mut waits) = (Moment::now(), Spread::default());
    while started.elapsed() < WATCHED.as_nanos() as u64 {
        for _ in 0..64 {
            let asked = Moment::now();
            let lease = pool.acquire().await.unwrap_or_else(|_| panic!("the backend works"));
            waits.record(asked.elapsed());
            drop(lease);
        }
        tokio::task::yield_now().await;
    }
    waits
}
