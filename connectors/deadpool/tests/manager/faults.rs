//! Pitfalls that bit pools of deadpool's managers, by their numbers: the same managers in this pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use deadpool::managed::Hook;
use pool_connector_deadpool::DeadpoolConnector;
use pool_core::State;
use pool_tokio::{AcquireError, AcquireOptions, DialError, Phase};
use tokio::time::Instant;

use crate::script::{Conn, Scripted, Step, builder, ms, options, pool, settle, whole};

#[tokio::test(start_paused = true)]
async fn t04_callers_that_go_away_in_create_cost_no_place() {
    let manager = Scripted::new();
    manager.script().create = Step::After(ms(10));
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
async fn t04_callers_that_go_away_in_recycle_cost_no_place() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    manager.script().recycle = Step::After(ms(10));
    for _ in 0..10 {
        drop((pool.acquire().await.expect("served"), pool.acquire().await.expect("served")));
        let cut = tokio::time::timeout(ms(5), pool.acquire()).await;
        assert!(cut.is_err(), "it is not recycled yet");
        assert_eq!(pool.snapshot().pending, 0);
    }
    assert!(manager.script().recycles.len() >= 10);
    assert_eq!(manager.alive(), 2, "none was lost by it");
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_create_that_panics_costs_no_place() {
    let manager = Scripted::new();
    manager.script().create = Step::Panic;
    let pool = pool(&manager, 2);
    for _ in 0..4 {
        let error = pool.acquire().await.expect_err("panicked");
        let AcquireError::Dial { about } = &error else { panic!("{error}") };
        let fault = &about.last_dial.as_ref().expect("told").fault;
        assert!(matches!(fault, DialError::Panicked(said) if said.starts_with("create panics")), "{fault:?}");
    }
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_recycle_that_panics_costs_its_connection_only() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    manager.script().recycle = Step::Panic;
    drop(pool.acquire().await.expect("dialed"));
    let lease = pool.acquire().await.expect("a fresh one");
    assert_eq!((lease.id, &manager.script().detached[..]), (1, &[0][..]));
    drop(lease);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_detach_that_panics_costs_no_place() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    manager.script().detach = Step::Panic;
    for _ in 0..4 {
        pool.acquire().await.expect("dialed").discard();
        settle().await;
    }
    assert_eq!(manager.script().detached, [0, 1, 2, 3]);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_hook_that_panics_costs_its_connection_only() {
    let manager = Scripted::new();
    let hook = Hook::sync_fn(|conn: &mut Conn, _| if conn.id < 2 { panic!("not this one") } else { Ok(()) });
    let pool = DeadpoolConnector::new(manager.clone()).post_create(hook).pool().options(options(2)).build();
    let pool = pool.expect("sound");
    for _ in 0..2 {
        pool.acquire().await.expect_err("panicked");
        // Longer than the endpoint is left alone for it.
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(pool.acquire().await.expect("one that the hook takes").id, 2);
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_retain_that_panics_costs_its_connection_only() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    pool.warm(2).await.expect("all work");
    let retained = catch_unwind(AssertUnwindSafe(|| pool.retain(|_, _| panic!("the predicate panics"))));
    assert!(retained.is_err());
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t07_shrunk_while_nothing_is_open_it_gives_one_lease_at_a_time() {
    let manager = Scripted::new();
    let pool = pool(&manager, 4);
    pool.resize(1).expect("sound");
    let _held = pool.acquire().await.expect("dialed");
    pool.acquire_with(AcquireOptions::new().timeout(ms(50))).await.expect_err("the only one is held");
    assert_eq!(manager.alive(), 1);
}

#[tokio::test(start_paused = true)]
async fn t08_never_more_than_allowed_while_half_of_the_recycles_fail() {
    let manager = Scripted::new();
    let pool = pool(&manager, 4);
    let tasks: Vec<_> = (0..32u32)
        .map(|task| {
            let (pool, manager) = (pool.clone(), manager.clone());
            tokio::spawn(async move {
                for turn in 0..50u32 {
                    manager.script().recycle = if (task + turn) % 2 == 0 { Step::Ok } else { Step::Fail };
                    let lease = pool.acquire().await.expect("served");
                    tokio::time::sleep(ms(u64::from(turn % 3))).await;
                    drop(lease);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert!(manager.script().recycles.len() > 100, "{} times", manager.script().recycles.len());
    assert!(manager.most_alive() <= 4, "{} at once", manager.most_alive());
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t09_a_create_that_never_returns_gives_its_place_back() {
    let manager = Scripted::new();
    manager.script().create = Step::Hang;
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
async fn t09_a_recycle_that_never_returns_ends_at_its_deadline() {
    let manager = Scripted::new();
    let mut options = options(1);
    options.upkeep.reset_timeout = ms(100).into();
    let pool = builder(&manager, options).build().expect("sound");
    manager.script().recycle = Step::Hang;
    drop(pool.acquire().await.expect("dialed"));
    assert_eq!(pool.acquire().await.expect("a fresh one, after the deadline").id, 1);
    assert_eq!(manager.script().detached, [0]);
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
    manager.script().recycle = Step::FailAfter(ms(20));
    let asked = Instant::now();
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 10);
    assert!(asked.elapsed() < ms(60), "{:?}", asked.elapsed());
    whole(&pool, &manager).await;
}

#[tokio::test(start_paused = true)]
async fn t18_a_retain_may_ask_the_pool() {
    let manager = Scripted::new();
    let pool = pool(&manager, 2);
    pool.warm(2).await.expect("all work");
    assert_eq!(pool.retain(|conn, _| pool.snapshot().open() == 2 && conn.metrics().recycle_count == 0), 0);
    assert_eq!(pool.snapshot().count(State::Idle), 2);
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
    for _ in 0..1000 {
        if pool.snapshot().count(State::Idle) == 2 {
            return;
        }
        tokio::time::sleep(ms(1)).await;
    }
    panic!("they were recycled: {:?}", pool.snapshot());
}

#[tokio::test(start_paused = true)]
async fn t21_a_pool_that_is_dropped_leaves_nothing_behind() {
    let manager = Scripted::new();
    let pool = pool(&manager, 4);
    pool.warm(2).await.expect("all work");
    manager.script().create = Step::Hang;
    let held = (pool.acquire().await.expect("idle"), pool.acquire().await.expect("idle"));
    assert!(tokio::time::timeout(ms(5), pool.acquire()).await.is_err(), "its dial hangs");
    drop(held);
    drop(pool);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(manager.alive(), 0);
    assert_eq!(manager.script().detached.len(), 2);
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
