//! The life of a pool: warm, drain, close, clear, retain.

use pool_core::{CloseReason, Lifecycle, State};
use pool_tokio::AcquireError;

use crate::script::{Dial, Scripted, Step, builder, count, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn the_last_handle_closes_the_pool() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    let other = pool.clone();
    let lease = pool.acquire().await.expect("dialed");
    drop(pool.acquire().await.expect("dialed"));
    drop(pool);
    settle().await;
    assert_eq!(other.snapshot().lifecycle, Lifecycle::Open);
    drop(other);
    settle().await;
    assert_eq!(connector.alive(), 1, "the idle one is closed, the lease is whole");
    assert_eq!(connector.script().closed, [CloseReason::CLOSED]);
    assert_eq!(lease.id, 0);
    drop(lease);
    settle().await;
    assert_eq!(connector.alive(), 0);
    assert_eq!(connector.script().closed.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn close_refuses_those_who_wait() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let lease = pool.acquire().await.expect("dialed");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(drop) }
    });
    settle().await;
    pool.close();
    let error = waiter.await.expect("no panic").expect_err("closed");
    assert!(matches!(error, AcquireError::Closed { .. }) && !error.is_transient(), "{error}");
    assert!(matches!(pool.try_acquire(), Err(AcquireError::Closed { .. })));
    drop(lease);
    settle().await;
    assert_eq!(connector.alive(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drain_names_who_still_holds_a_lease() {
    let connector = Scripted::new();
    let pool = pool(&connector, 3);
    let line = line!() + 1;
    let held = pool.acquire().await.expect("dialed");
    drop(pool.acquire().await.expect("dialed"));
    let started = tokio::time::Instant::now();
    let report = pool.drain(ms(200)).await;
    assert!(started.elapsed() >= ms(200) && started.elapsed() < ms(205), "{:?}", started.elapsed());
    assert!(!report.drained);
    assert_eq!((report.open, report.holders.len()), (1, 1));
    let site = report.holders[0].site.expect("the call site is known");
    assert_eq!((site.file().ends_with("life.rs"), site.line()), (true, line));
    let text = report.to_string();
    assert!(text.contains("life.rs") && text.contains("not drained"), "{text}");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_with_the_last_close() {
    let connector = Scripted::new();
    connector.script().close = Step::Never;
    let pool = pool(&connector, 3);
    let held = pool.acquire().await.expect("dialed");
    let holder = tokio::spawn(async move {
        tokio::time::sleep(ms(100)).await;
        drop(held);
    });
    let report = pool.drain(ms(10_000)).await;
    assert!(report.drained && report.holders.is_empty(), "{report}");
    // The lease came back at 100 ms; its close hung until the deadline of one second.
    assert!(report.took >= ms(1_100) && report.took < ms(1_110), "{:?}", report.took);
    assert_eq!(connector.alive(), 0);
    holder.await.expect("no panic");
    assert!(pool.drain(ms(10)).await.drained, "twice is no harm");
}

#[tokio::test(start_paused = true)]
async fn warm_waits_until_so_many_are_open_or_says_why_not() {
    let connector = Scripted::new();
    connector.script().dial = Dial::After(ms(10));
    let pool = pool(&connector, 4);
    pool.warm(3).await.expect("warm");
    assert_eq!(count(&pool, State::Idle), 3);
    let error = pool.warm(9).await.expect_err("over the limit");
    assert_eq!((error.open, error.wanted, error.max_open), (4, 9, 4));
    assert!(error.to_string().contains("limits.max_open is 4"), "{error}");

    connector.script().dial = Dial::Fail;
    let pool = builder(&connector, options(4)).build().expect("sound");
    let error = pool.warm(2).await.expect_err("the backend is down");
    assert!(error.to_string().contains("connection refused"), "{error}");
    let dials = connector.dials();
    let again = pool.warm(1).await.expect_err("it is left alone for a while").to_string();
    assert_eq!(again, "pool `test`: 0 of 1 connections are open; a dial failed: connection refused");
    assert_eq!(connector.dials(), dials, "it was not dialed again");
    pool.close();
    let closed = pool.warm(1).await.expect_err("closed").to_string();
    assert!(closed.contains("is closed"), "{closed}");
}

#[tokio::test(start_paused = true)]
async fn clear_begins_a_new_generation() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    let held = pool.acquire().await.expect("dialed");
    drop(pool.acquire().await.expect("dialed"));
    pool.clear();
    settle().await;
    assert_eq!(connector.alive(), 1);
    drop(held);
    settle().await;
    assert_eq!(connector.alive(), 0);
    assert_eq!(pool.acquire().await.expect("a new one").id, 2);
}

#[tokio::test(start_paused = true)]
async fn retain_closes_what_is_not_wanted() {
    let connector = Scripted::new();
    let pool = pool(&connector, 6);
    pool.warm(6).await.expect("warm");
    let closed = pool.retain(|conn, facts| {
        assert_eq!(facts.endpoint.name(), "a:1");
        conn.id % 2 == 0
    });
    assert_eq!(closed, 3);
    settle().await;
    assert_eq!(connector.alive(), 3);
    assert_eq!(count(&pool, State::Idle), 3);
    assert!(connector.script().closed.iter().all(|&why| why == CloseReason::RETAIN));
}
