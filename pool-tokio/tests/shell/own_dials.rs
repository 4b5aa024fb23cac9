//! Dials that are a caller's own, and what becomes of them when it goes.

use std::time::Duration;

use pool_core::{DialBy, DialErrors, HumanDuration, PoolOptions, State};
use pool_tokio::AcquireError;

use crate::script::{Dial, Scripted, builder, count, ms, options, settle};

/// A pool whose callers dial for themselves.
fn own(max_open: u32, detached: bool) -> PoolOptions {
    let mut options = options(max_open);
    options.wait.timeout = ms(100).into();
    options.dial.timeout = HumanDuration::NEVER;
    options.dial.by = DialBy::Caller;
    options.dial.errors = DialErrors::Caller;
    options.dial.backoff_min = HumanDuration::ZERO;
    options.dial.detached = detached;
    options
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_is_not_detached_is_given_up_with_its_caller() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::Never);
    let pool = builder(&connector, own(1, false)).build().expect("sound");
    let error = pool.acquire().await.expect_err("the dial hangs");
    assert!(matches!(error, AcquireError::Timeout { .. }), "{error}");
    settle().await;
    assert_eq!(pool.snapshot().open(), 0, "its place is free");
    let counters = pool.snapshot().counters();
    assert_eq!((counters.dials, counters.dial_failures, counters.dials_elided), (1, 0, 1));
    pool.acquire().await.expect("the next dial works");
}

#[tokio::test(start_paused = true)]
async fn a_dial_is_given_up_when_its_callers_future_is_dropped() {
    let connector = Scripted::new();
    connector.script().dial = Dial::Never;
    let pool = builder(&connector, own(8, false)).build().expect("sound");
    for _ in 0..3 {
        tokio::time::timeout(ms(10), pool.acquire()).await.expect_err("the dial hangs");
    }
    settle().await;
    assert_eq!(pool.snapshot().open(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_detached_dial_goes_on_and_its_connection_is_idle() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::After(ms(200)));
    let pool = builder(&connector, own(1, true)).build().expect("sound");
    pool.acquire().await.expect_err("it takes longer");
    assert_eq!(count(&pool, State::Dialing), 1);
    tokio::time::sleep(ms(150)).await;
    assert_eq!(count(&pool, State::Idle), 1);
    pool.acquire().await.expect("it is idle");
    assert_eq!(connector.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_its_own_dial_gets_nothing_else() {
    let connector = Scripted::new();
    let pool = builder(&connector, own(2, true)).build().expect("sound");
    let held = pool.acquire().await.expect("it dials");
    connector.script().dial = Dial::After(ms(80));
    let started = tokio::time::Instant::now();
    let other = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(|_| started.elapsed()) }
    });
    tokio::time::sleep(ms(20)).await;
    drop(held);
    let waited = other.await.expect("no panic").expect("its dial is done");
    assert!(waited >= ms(80), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_dial_is_tried_so_often_before_it_has_failed() {
    let connector = Scripted::new();
    let mut options = own(2, true);
    options.wait.timeout = Duration::from_secs(5).into();
    (options.dial.attempts, options.dial.attempt_pause) = (3, ms(100).into());
    let pool = builder(&connector, options).build().expect("sound");
    connector.script().dials.extend([Dial::Fail, Dial::Fail]);
    let started = tokio::time::Instant::now();
    let held = pool.acquire().await.expect("the third try works");
    assert!(started.elapsed() >= ms(200), "{:?}", started.elapsed());
    assert_eq!((connector.dials(), pool.snapshot().counters().dial_failures), (3, 0));
    connector.script().dials.extend([Dial::Fail, Dial::Fail, Dial::Fail]);
    let error = pool.acquire().await.expect_err("none of three works");
    assert!(matches!(error, AcquireError::Dial { .. }), "{error}");
    assert_eq!((connector.dials(), pool.snapshot().counters().dial_failures), (6, 1));
    drop(held);
    connector.script().dials.push_back(Dial::Refuse);
    let _held = pool.acquire().await.expect("it is idle");
    pool.acquire().await.expect_err("refused for good");
    assert_eq!(connector.dials(), 7, "what will not heal is tried once");
}
