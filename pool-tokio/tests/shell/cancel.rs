//! Callers that go away, at every moment.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use pool_core::State;
use pool_tokio::{AcquireFuture, Lease};

use crate::script::{Dial, Scripted, builder, count, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn t04_a_caller_that_goes_away_in_a_dial_leaks_nothing() {
    let connector = Scripted::new();
    connector.script().dial = Dial::After(ms(10));
    let pool = pool(&connector, 1);
    let cut = tokio::time::timeout(ms(5), pool.acquire()).await;
    assert!(cut.is_err());
    assert_eq!(count(&pool, State::Dialing), 1);
    tokio::time::sleep(ms(10)).await;
    assert_eq!(count(&pool, State::Idle), 1, "the dial is the pool's own and goes on");
    assert_eq!(pool.acquire().await.expect("idle").id, 0);
}

#[tokio::test(start_paused = true)]
async fn t04_a_caller_that_goes_away_in_a_check_leaks_nothing() {
    let connector = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&connector, options).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    tokio::time::sleep(ms(10)).await;
    let mut caller = Box::pin(pool.acquire());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(caller.as_mut().poll(&mut cx).is_pending());
    assert_eq!(count(&pool, State::Checking), 1);
    drop(caller);
    settle().await;
    assert_eq!((count(&pool, State::Idle), connector.script().checks), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t20_after_a_hundred_thousand_cancels_every_gauge_is_zero() {
    let connector = Scripted::new();
    let pool = pool(&connector, 4);
    let tasks: Vec<_> = (0..16u64)
        .map(|task| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(task);
                for _ in 0..6_500 {
                    let mut caller = Box::pin(pool.acquire());
                    for _ in 0..random.u32(0..3) {
                        if let Some(lease) = poll_once(caller.as_mut()).await {
                            // Held for a while, so that others have to wait.
                            tokio::task::yield_now().await;
                            drop(lease);
                            break;
                        }
                        tokio::task::yield_now().await;
                    }
                    drop(caller);
                }
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(120), task).await.expect("not stuck").expect("no panic");
    }
    // What was handed to a task of the pool comes back.
    for _ in 0..1000 {
        if pool.snapshot().open() == count(&pool, State::Idle) {
            break;
        }
        tokio::time::sleep(ms(1)).await;
    }
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.pending, snapshot.leases), (0, 0));
    assert_eq!(snapshot.open(), snapshot.count(State::Idle), "{snapshot:?}");
    assert_eq!(snapshot.open(), connector.alive());
    let counters = snapshot.counters();
    assert_eq!(counters.acquired, counters.released);
    assert!(snapshot.cancelled > 10_000, "{} cancels", snapshot.cancelled);
    assert!(connector.most_alive() <= 4);
}

/// One poll, and the lease if there was one.
async fn poll_once(mut caller: Pin<&mut AcquireFuture<'_, Scripted>>) -> Option<Lease<Scripted>> {
    let answer = poll_fn(|cx| Poll::Ready(caller.as_mut().poll(cx))).await;
    match answer {
        Poll::Ready(lease) => Some(lease.expect("served")),
        Poll::Pending => None,
    }
}
