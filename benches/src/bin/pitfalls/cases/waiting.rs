//! Those who wait.

use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use clearpool_benches::backend::Backend;
use clearpool_benches::subject::{Fault, Setup, Subject};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::pool::{hold, ms, one_thread, poll, settle, setup, two_workers};
use crate::seen::Seen;

const TASKS: usize = 64;

pub(crate) fn all_wake<S: Subject>() -> Seen {
    two_workers().block_on(async {
        let pool = S::build(Setup { timeout: Some(ms(5000)), ..Setup::new(Backend::leak(), 4) }).await;
        let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(turns(pool.clone()))).collect();
        let mut failed = 0;
        for task in tasks {
            failed += task.await.expect("it ends");
        }
        Seen::holds(failed == 0, || format!("{failed} of {} acquires timed out after 5 s", TASKS * 200))
    })
}

/// How many of its acquires failed.
async fn turns<S: Subject>(pool: S) -> usize {
    let mut failed = 0;
    for turn in 0..200 {
        if turn % 3 == 0 {
            // Cancelled at its first wait.
            let _ = poll(pin!(pool.acquire()));
        }
        match pool.acquire().await {
            Ok(_lease) => yield_now().await,
            Err(_) => failed += 1,
        }
    }
    failed
}

pub(crate) fn passed_on<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(setup(Backend::leak(), 1)).await;
        let held = hold(&pool, 1, ms(1000)).await;
        let mut first = Box::pin(pool.acquire());
        let second = pool.clone();
        assert!(poll(first.as_mut()).is_pending(), "there is no second connection");
        let second = tokio::spawn(async move { second.acquire().await.is_ok() });
        yield_now().await;
        drop(held);
        // Some give back in a task.
        for _ in 0..10 {
            yield_now().await;
        }
        drop(first);
        let served = second.await.expect("it ends");
        Seen::holds(served, || "the next one timed out".to_owned())
    })
}

pub(crate) fn fair<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let pool = S::build(Setup { timeout: Some(ms(5000)), ..Setup::new(Backend::leak(), 4) }).await;
        let until = Instant::now() + ms(500);
        let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(served(pool.clone(), until))).collect();
        let mut counts = Vec::new();
        for task in tasks {
            counts.push(task.await.expect("it ends"));
        }
        let mean = counts.iter().sum::<f64>() / TASKS as f64;
        let (index, hungry) = (jain(&counts), counts.iter().filter(|count| **count < mean / 10.0).count());
        Seen::holds(index > 0.99, || {
            format!("Jain {index:.3}, {hungry} of {TASKS} tasks got less than a tenth of their share")
        })
    })
}

/// How many leases it got in time.
async fn served<S: Subject>(pool: S, until: Instant) -> f64 {
    let mut count = 0.0;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        let Ok(Ok(lease)) = timeout(left, pool.acquire()).await else { break };
        yield_now().await;
        drop(lease);
        count += 1.0;
    }
    count
}

/// Jain's index of fairness: 1 if all got the same, 1/n if one got it all.
fn jain(counts: &[f64]) -> f64 {
    let sum: f64 = counts.iter().sum();
    let squares: f64 = counts.iter().map(|count| count * count).sum();
    sum * sum / (counts.len() as f64 * squares)
}

pub(crate) fn zero<S: Subject>() -> Seen {
    one_thread().block_on(async {
        let setup = Setup { timeout: Some(Duration::ZERO), min_idle: 1, ..Setup::new(Backend::leak(), 1) };
        let pool = S::build(setup).await;
        let held = hold(&pool, 1, ms(1000)).await;
        if held.is_empty() {
            return Seen::Fails("no lease though one is idle".to_owned());
        }
        let mut refused = pin!(pool.acquire());
        let Poll::Ready(Err(fault)) = poll(refused.as_mut()) else {
            return Seen::Fails("waits".to_owned());
        };
        drop(held);
        settle().await;
        let again = matches!(poll(pin!(pool.acquire())), Poll::Ready(Ok(_)));
        Seen::holds(again && fault == Fault::Timeout, || format!("{fault:?}, and afterwards served: {again}"))
    })
}

#[test]
fn jains_index_is_one_if_all_are_equal_and_a_share_if_one_has_all() {
    assert_eq!(jain(&[3.0, 3.0]), 1.0);
    assert_eq!(jain(&[3.0, 0.0, 0.0, 0.0]), 0.25);
}
