//! Runtimes that end, and pools that outlive them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use pool_core::State;
use tokio::runtime::{Builder, Runtime};

use crate::script::{Dial, Scripted, Step, TestPool, builder, count, ms, options, pool};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
fn t17_a_lease_dropped_after_its_runtime_goes_back() {
    let connector = Scripted::new();
    let first = runtime();
    let (pool, lease) = first.block_on(async {
        let pool = pool(&connector, 1);
        let lease = pool.acquire().await.expect("dialed");
        (pool, lease)
    });
    drop(first);
    drop(lease);
    assert_eq!(count(&pool, State::Idle), 1);
    let lease = runtime().block_on(async { pool.acquire().await.expect("idle").id });
    assert_eq!((lease, connector.made()), (0, 1));
}

#[test]
fn t17_one_that_must_be_closed_is_dropped_where_there_is_no_runtime() {
    let connector = Scripted::new();
    let first = runtime();
    let (pool, discarded, dirty) = first.block_on(async {
        let pool = pool(&connector, 2);
        let (a, mut b) = (pool.acquire().await.expect("dialed"), pool.acquire().await.expect("dialed"));
        b.dirty = true;
        (pool, a, b)
    });
    drop(first);
    discarded.discard();
    assert_eq!((connector.alive(), pool.snapshot().open()), (1, 1));
    drop(dirty);
    assert_eq!((connector.alive(), pool.snapshot().open()), (0, 0));
}

#[test]
fn t17_a_lease_dropped_in_a_runtime_without_timers_does_not_panic() {
    let connector = Scripted::new();
    let first = runtime();
    let (pool, lease) = first.block_on(async {
        let pool = pool(&connector, 1);
        let lease = pool.acquire().await.expect("dialed");
        (pool, lease)
    });
    drop(first);
    let bare = Builder::new_current_thread().build().expect("a runtime");
    bare.block_on(async { lease.discard() });
    assert_eq!((connector.alive(), pool.snapshot().open()), (0, 0));
}

#[test]
fn t17_a_lease_dropped_on_another_thread_wakes_a_waiter_in_the_runtime() {
    let connector = Scripted::new();
    runtime().block_on(async {
        let pool = pool(&connector, 1);
        let lease = pool.acquire().await.expect("dialed");
        let waiter = tokio::spawn({
            let pool = pool.clone();
            async move { pool.acquire().await.expect("served").id }
        });
        tokio::task::yield_now().await;
        std::thread::spawn(move || drop(lease)).join().expect("no panic");
        assert_eq!(waiter.await.expect("no panic"), 0);
    });
}

#[test]
fn a_pool_built_outside_a_runtime_starts_with_its_first_waiter() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    assert_eq!(pool.snapshot().open(), 0);
    let id = runtime().block_on(async { pool.acquire().await.expect("dialed").id });
    assert_eq!(id, 0);
}

static SHARED: LazyLock<(Scripted, TestPool)> = LazyLock::new(|| {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    (connector, pool)
});

async fn use_shared() {
    let (connector, pool) = &*SHARED;
    for _ in 0..20 {
        let (a, b) = tokio::join!(pool.acquire(), pool.acquire());
        a.expect("served").discard();
        drop(b.expect("served"));
        tokio::task::yield_now().await;
    }
    assert!(connector.most_alive() <= 2);
}

#[tokio::test]
async fn a_pool_in_a_static_serves_one_runtime() {
    use_shared().await;
}

#[tokio::test]
async fn a_pool_in_a_static_serves_another_runtime() {
    use_shared().await;
}

#[test]
fn waiters_survive_the_end_of_the_drivers_runtime() {
    let connector = Scripted::new();
    let first = runtime();
    let pool = first.block_on(async { pool(&connector, 1) });
    let lease = first.block_on(async { pool.acquire().await.expect("dialed") });
    let (started, waits) = std::sync::mpsc::channel();
    let waiter = std::thread::spawn({
        let pool = pool.clone();
        move || {
            runtime().block_on(async {
                let mut caller = Box::pin(pool.acquire());
                assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(caller.as_mut().poll(cx).is_pending())).await);
                started.send(()).expect("listened to");
                caller.await.map(|lease| lease.id)
            })
        }
    });
    waits.recv().expect("it waits");
    drop(first);
    lease.discard();
    let id = waiter.join().expect("no panic").expect("served by a new dial on the waiter's own runtime");
    assert_eq!(id, 1);
}

#[test]
fn a_time_out_holds_when_the_drivers_runtime_has_ended() {
    let connector = Scripted::new();
    let first = runtime();
    let mut options = options(1);
    options.wait.timeout = ms(200).into();
    let pool = first.block_on(async { builder(&connector, options).build().expect("sound") });
    let _lease = first.block_on(async { pool.acquire().await.expect("dialed") });
    drop(first);
    let error = runtime().block_on(async { tokio::time::timeout(Duration::from_secs(10), pool.acquire()).await });
    assert!(error.expect("in time").is_err());
}

#[test]
fn work_that_is_lost_with_its_runtime_gives_its_places_back() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::Never);
    let first = runtime();
    let pool = first.block_on(async { pool(&connector, 1) });
    first.block_on(async {
        let _ = tokio::time::timeout(ms(50), pool.acquire()).await;
    });
    assert_eq!(count(&pool, State::Dialing), 1);
    drop(first);
    assert_eq!(runtime().block_on(async { pool.acquire().await.expect("dialed anew").endpoint.clone() }), "a:1");
    // Closing, too.
    connector.script().close = Step::Never;
    let second = runtime();
    second.block_on(async {
        pool.acquire().await.expect("served").discard();
        tokio::time::sleep(ms(20)).await;
    });
    drop(second);
    connector.script().close = Step::Ok;
    runtime().block_on(async { pool.acquire().await.expect("served") });
}

#[tokio::test]
async fn t21_a_pool_that_is_dropped_leaves_nothing_behind() {
    let connector = Scripted::new();
    let seen = Arc::new(());
    struct Holds(#[allow(dead_code, reason = "held, not read")] Arc<()>);
    impl pool_core::Observer for Holds {}
    for _ in 0..20 {
        let pool = builder(&connector, options(4)).observer(Arc::new(Holds(Arc::clone(&seen)))).build().expect("sound");
        pool.warm(2).await.expect("warm");
        drop(pool);
    }
    for _ in 0..1000 {
        if Arc::strong_count(&seen) == 1 {
            break;
        }
        tokio::time::sleep(ms(1)).await;
    }
    assert_eq!(Arc::strong_count(&seen), 1, "no task keeps a pool");
    assert_eq!(connector.alive(), 0);
    assert_eq!(connector.script().closed.len(), 40, "every connection said goodbye");
}

#[test]
fn a_pool_is_warmed_though_the_runtime_of_its_driver_ends() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::Never);
    let first = runtime();
    let pool = first.block_on(async { builder(&connector, options(2)).build().expect("sound") });
    let second = runtime();
    let warming = second.spawn({
        let pool = pool.clone();
        async move { pool.warm(1).await.is_ok() }
    });
    while connector.dials() == 0 {
        second.block_on(async { tokio::time::sleep(ms(1)).await });
    }
    drop(first);
    let warmed = second.block_on(async { tokio::time::timeout(Duration::from_secs(10), warming).await });
    assert!(warmed.expect("not for ever").expect("no panic"), "the dial is begun anew on the second runtime");
}

#[test]
fn a_drain_ends_though_the_runtime_of_its_driver_does() {
    let connector = Scripted::new();
    connector.script().close = Step::Never;
    let first = runtime();
    let pool = first.block_on(async {
        let mut options = options(1);
        options.upkeep.close_timeout = pool_core::HumanDuration::NEVER;
        let pool = builder(&connector, options).build().expect("sound");
        drop(pool.acquire().await.expect("dialed"));
        pool
    });
    let second = runtime();
    let draining = second.spawn({
        let pool = pool.clone();
        async move { pool.drain(Duration::MAX).await.drained }
    });
    while connector.script().closed.is_empty() {
        second.block_on(async { tokio::time::sleep(ms(1)).await });
    }
    drop(first);
    let drained = second.block_on(async { tokio::time::timeout(Duration::from_secs(10), draining).await });
    assert!(drained.expect("not for ever").expect("no panic"), "what was closing is gone with its runtime");
}
