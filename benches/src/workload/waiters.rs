//! Very many callers that wait.

use std::time::Duration;

use allocation_counter::measure;
use cpu_time::ThreadTime;

use super::{Column, Flavour, Workload};
use crate::backend::Backend;
use crate::subject::{Setup, Subject};

/// 10 000 waiters on 10 connections: what a waiter costs, and how fast they are served.
#[derive(Debug, Clone, Copy)]
pub struct Waiters;

const WAITERS: usize = 10_000;
const CONNECTIONS: usize = 10;

impl Workload for Waiters {
    const COLUMNS: &'static [Column] =
        &[Column::less("bytes per waiter", 0), Column::less("queue ms", 2), Column::less("drain ms", 2)];

    fn name(&self) -> &'static str {
        "waiters"
    }

    fn about(&self) -> String {
        format!(
            "{WAITERS} tasks wait for {CONNECTIONS} connections that are all on loan, then these are given back. Bytes \
             are what the allocator has given out for each waiter: its task with the future in it, and the pool's own; \
             draining is CPU time of the thread until the last waiter was served."
        )
    }

    fn run<S: Subject>(&self) -> Option<Vec<f64>> {
        let runtime = Flavour::OneThread.runtime();
        let (pool, mut held, mut tasks) = runtime.block_on(async {
            let setup = Setup { timeout: Some(Duration::from_secs(60)), ..Setup::new(Backend::leak(), CONNECTIONS) };
            let pool = S::build(setup).await;
            let mut held = Vec::new();
            for _ in 0..CONNECTIONS {
                held.push(pool.acquire().await.unwrap_or_else(|_| panic!("the backend works")));
            }
            (pool, held, Vec::with_capacity(WAITERS))
        });
        let mut queueing = Duration::ZERO;
        let grown = measure(|| {
            runtime.block_on(async {
                let started = ThreadTime::now();
                for _ in 0..WAITERS {
                    let pool = pool.clone();
                    tasks.push(tokio::spawn(async move { pool.turn().await }));
                }
                while pool.standing().await.waiting < WAITERS as u64 {
                    tokio::task::yield_now().await;
                }
                queueing = started.elapsed();
            });
        });
        let draining = runtime.block_on(async {
            let started = ThreadTime::now();
            held.clear();
            for task in tasks {
                task.await.expect("no task panics");
            }
            started.elapsed()
        });
        let bytes = grown.bytes_current as f64 / WAITERS as f64;
        Some(vec![bytes, queueing.as_secs_f64() * 1e3, draining.as_secs_f64() * 1e3])
    }
}
