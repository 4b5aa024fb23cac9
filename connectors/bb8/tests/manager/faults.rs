//! Pitfalls that bit pools of bb8's managers, by their numbers: the same managers in this pool.

use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use pool_core::State;
use pool_tokio::{AcquireError, DialError, Phase};
use tokio::time::Instant;

use crate::script::{Scripted, Step, builder, ms, options, pool, settle, whole};

#[tokio::test(start_paused = true)]
async fn t04_callers_that_go_away_in_connect_cost_no_place() {
    let manager = Scripted::new();
    manager.script().connect = Step::After(ms(10));
    let pool = pool(&manager, 2);
    for _ in 0..10 {
        let cut = tokio::time::timeout(ms(5), pool.acquire()).await;
        assert!(cut.is_err());
        pool.clear();
    }
    assert!(manager.most_alive() <= 2);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t04_callers_that_go_away_in_is_valid_cost_no_place() {
    let manager = Scripted::new();
    let mut options = options(2);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&manager, options).build().expect("sound");
    manager.script().is_valid = Step::After(ms(10));
    for _ in 0..10 {
        drop(pool.acquire().await.expect("served"));
        tokio::time::sleep(ms(5)).await;
        let cut = tokio::time::timeout(ms(5), pool.acquire()).await;
        assert!(cut.is_err(), "the check is not done yet");
        assert_eq!(pool.snapshot().pending, 0);
    }
    assert!(manager.script().checks >= 10);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_connect_that_panics_costs_no_place() {
    let manager = Scripted::new();
    manager.script().connect = Step::Panic;
    let pool = pool(&manager, 2);
    for _ in 0..4 {
        let error = pool.acquire().await.expect_err("panicked");
        let AcquireError::Dial { about } = &error else { panic!("{error}") };
        let fault = &about.last_dial.as_ref().expect("told").fault;
        assert!(matches!(fault, DialError::Panicked(said) if said.starts_with("connect panics")), "{fault:?}");
    }
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_an_is_valid_that_panics_costs_its_connection_only() {
    let manager = Scripted::new();
    let mut options = options(2);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&manager, options).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    settle().await;
    manager.script().is_valid = Step::Panic;
    tokio::time::sleep(ms(5)).await;
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    settle().await;
    assert_eq!(manager.alive(), 1);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_has_broken_that_panics_costs_its_connection_only() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    let lease = pool.acquire().await.expect("dialed");
    manager.script().has_broken = Step::Panic;
    drop(lease);
    settle().await;
    assert_eq!(manager.alive(), 0, "nobody knows what it is worth");
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t08_never_more_than_allowed_while_half_of_the_checks_fail() {
    let manager = Scripted::new();
    let mut options = options(4);
    options.upkeep.check_after_idle = ms(0).into();
    let pool = builder(&manager, options).build().expect("sound");
    let tasks: Vec<_> = (0..32u32)
        .map(|task| {
            let (pool, manager) = (pool.clone(), manager.clone());
            tokio::spawn(async move {
                for turn in 0..50u32 {
                    manager.script().is_valid = if (task + turn) % 2 == 0 { Step::Ok } else { Step::Fail };
                    let lease = pool.acquire().await.expect("served");
                    tokio::time::sleep(ms(u64::from(turn % 3))).await;
                    drop(lease);
                    // So that connections lie idle at times: one that is handed on is not checked.
                    tokio::time::sleep(ms(u64::from((task * 7 + turn * 3) % 40))).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert!(manager.script().checks > 100, "{} checks", manager.script().checks);
    assert!(manager.most_alive() <= 4, "{} at once", manager.most_alive());
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t09_a_connect_that_never_returns_gives_its_place_back() {
    let manager = Scripted::new();
    manager.script().connect = Step::Hang;
    let mut options = options(2);
    options.wait.timeout = ms(300).into();
    options.dial.timeout = ms(200).into();
    let pool = builder(&manager, options).build().expect("sound");
    let asked = Instant::now();
    let (one, other) = tokio::join!(pool.acquire(), pool.acquire());
    for error in [one.expect_err("never dialed"), other.expect_err("never dialed")] {
        assert!(error.to_string().contains("200ms"), "the dial's deadline is told: {error}");
    }
    assert!(asked.elapsed() <= ms(301), "{:?}", asked.elapsed());
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t09_an_is_valid_that_never_returns_ends_at_its_deadline() {
    let manager = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(1).into();
    options.upkeep.check_timeout = ms(100).into();
    let pool = builder(&manager, options).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    tokio::time::sleep(ms(5)).await;
    manager.script().is_valid = Step::Hang;
    assert_eq!(pool.acquire().await.expect("a fresh one, after the check's deadline").id, 1);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t11_when_all_idle_are_dead_one_caller_does_not_pay_for_each() {
    let manager = Scripted::new();
    let mut options = options(10);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&manager, options).build().expect("sound");
    pool.warm(10).await.expect("all work");
    tokio::time::sleep(ms(5)).await;
    manager.script().is_valid = Step::FailAfter(ms(20));
    let asked = Instant::now();
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 10);
    assert!(asked.elapsed() < ms(60), "{:?}", asked.elapsed());
    whole(&pool, &manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t20_after_a_hundred_thousand_cancels_nobody_waits() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    let held = (pool.acquire().await.expect("dialed"), pool.acquire().await.expect("dialed"));
    for _ in 0..100_000 {
        let mut caller = Box::pin(pool.acquire());
        assert!(Pin::new(&mut caller).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let snapshot = pool.snapshot();
    assert_eq!((snapshot.pending, snapshot.cancelled), (0, 100_000));
    drop(held);
    assert_eq!(pool.snapshot().count(State::Idle), 2);
}

#[tokio::test(start_paused = true)]
async fn t21_a_pool_that_is_dropped_leaves_nothing_behind() {
    let manager = Scripted::new();
    let pool = pool(&manager, 4);
    pool.warm(2).await.expect("all work");
    manager.script().connect = Step::Hang;
    let held = (pool.acquire().await.expect("idle"), pool.acquire().await.expect("idle"));
    assert!(tokio::time::timeout(ms(5), pool.acquire()).await.is_err(), "its dial hangs");
    drop(held);
    drop(pool);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(manager.alive(), 0);
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_time_out_says_what_was_waited_for() {
    let manager = Scripted::new();
    let mut options = options(1);
    options.wait.timeout = ms(50).into();
    let pool = builder(&manager, options).build().expect("sound");
    let _held = pool.acquire().await.expect("dialed");
    let error = pool.acquire().await.expect_err("the only one is held");
    assert!(matches!(&error, AcquireError::Timeout { phase: Phase::Waiting, .. }), "{error:?}");
}
