//! Who waits, is woken, and is served in turn.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pool_core::State;
use pool_tokio::AcquireError;

use crate::script::{Scripted, count, ms, options, pool, settle};

#[tokio::test]
async fn a_lease_is_given_back_and_lent_again() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let first = pool.acquire().await.expect("dialed");
    assert_eq!((first.id, first.uses(), first.endpoint().name()), (0, 1, "a:1"));
    drop(first);
    let again = pool.acquire().await.expect("idle");
    assert_eq!((again.id, again.uses()), (0, 2));
    assert_eq!(connector.made(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t01_nobody_is_left_asleep() {
    let connector = Scripted::new();
    let pool = pool(&connector, 4);
    let served = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (pool, served) = (pool.clone(), Arc::clone(&served));
            tokio::spawn(async move {
                for round in 0..500 {
                    let lease = pool.acquire().await.expect("served in time");
                    if round % 3 == 0 {
                        tokio::task::yield_now().await;
                    }
                    drop(lease);
                    served.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(60), task).await.expect("not asleep").expect("no panic");
    }
    assert_eq!(served.load(SeqCst), 64 * 500);
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.pending, snapshot.leases), (0, 0));
    assert!(connector.most_alive() <= 4);
}

#[tokio::test(start_paused = true)]
async fn t02_a_cancelled_waiter_passes_on_what_it_was_granted() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let held = pool.acquire().await.expect("dialed");
    let mut first = Box::pin(pool.acquire());
    let mut second = Box::pin(pool.acquire());
    assert!(futures_poll(first.as_mut()).is_pending());
    assert!(futures_poll(second.as_mut()).is_pending());
    drop(held);
    // The first was served and has not looked yet.
    drop(first);
    let lease = second.await.expect("passed on");
    assert_eq!(lease.id, 0);
    drop(lease);
    assert_eq!(count(&pool, State::Idle), 1);
}

#[tokio::test(start_paused = true)]
async fn t03_a_returned_connection_is_not_stolen_by_a_newcomer() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let held = pool.acquire().await.expect("dialed");
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for who in 0..8 {
        let (pool, order) = (pool.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let lease = pool.acquire().await.expect("served");
            order.lock().expect("no panic").push(who);
            tokio::task::yield_now().await;
            drop(lease);
        }));
        settle().await;
    }
    drop(held);
    // A newcomer at the very moment of the return.
    assert!(pool.try_acquire().is_err());
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(*order.lock().expect("no panic"), (0..8).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_time_out_is_a_contract() {
    let connector = Scripted::new();
    let mut options = options(1);
    options.wait.timeout = ms(100).into();
    let pool = crate::script::builder(&connector, options).build().expect("sound");
    let _held = pool.acquire().await.expect("dialed");
    let started = tokio::time::Instant::now();
    let error = pool.acquire().await.expect_err("nothing comes back");
    let took = started.elapsed();
    assert!(matches!(error, AcquireError::Timeout { .. }), "{error}");
    assert!(took >= ms(100) && took <= ms(102), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn waiters_time_out_each_at_its_own_deadline() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let _held = pool.acquire().await.expect("dialed");
    let started = tokio::time::Instant::now();
    let wait = |millis| {
        let pool = pool.clone();
        async move {
            let options = pool_tokio::AcquireOptions::new().timeout(ms(millis));
            assert!(pool.acquire_with(options).await.is_err());
            started.elapsed()
        }
    };
    let (long, short, none) = tokio::join!(wait(300), wait(50), wait(0));
    assert!(none < ms(1), "{none:?}");
    assert!(short >= ms(50) && short < ms(53), "{short:?}");
    assert!(long >= ms(300) && long < ms(303), "{long:?}");
}

fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}
