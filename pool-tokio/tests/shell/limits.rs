//! Never more than the limit, whatever happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use pool_core::{Outcome, State};
use pool_tokio::AcquireError;

use crate::script::{Dial, Scripted, Step, builder, ms, options, pool, settle};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t06_the_books_balance_at_every_moment() {
    let connector = Scripted::new();
    connector.script().close = Step::Slow;
    let pool = pool(&connector, 3);
    let over = Arc::new(AtomicBool::new(false));
    // Taken out of the pool: how many are about to be, and how many of these are gone.
    let (taken, dropped) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let watcher = {
        let (pool, over, connector) = (pool.clone(), Arc::clone(&over), connector.clone());
        let (taken, dropped) = (Arc::clone(&taken), Arc::clone(&dropped));
        tokio::task::spawn_blocking(move || {
            let mut looks = 0u32;
            while !over.load(SeqCst) {
                let (made, gone, apart) = (connector.made(), connector.gone(), dropped.load(SeqCst));
                let snapshot = pool.snapshot();
                // What the connector has really open lies between what was made before and is not
                // gone after, and what was made after and was not gone before.
                let least = made.saturating_sub(connector.gone());
                let most = connector.made() - gone;
                let apart = taken.load(SeqCst) - apart;
                let whole: u32 = [State::Idle, State::Leased, State::Checking, State::Resetting]
                    .iter()
                    .map(|&state| snapshot.count(state))
                    .sum();
                assert!(whole <= most, "more than there are ({most}): {:?}", snapshot.states);
                assert!(least <= snapshot.open() + apart, "fewer than there are ({least}): {:?}", snapshot.states);
                assert!(snapshot.open() <= 3, "{:?}", snapshot.states);
                let at_endpoints: u32 = snapshot.endpoints.iter().flat_map(|endpoint| endpoint.states).sum();
                assert_eq!(snapshot.open(), at_endpoints);
                looks += 1;
            }
            looks
        })
    };
    let tasks: Vec<_> = (0..16u64)
        .map(|task| {
            let (pool, taken, dropped) = (pool.clone(), Arc::clone(&taken), Arc::clone(&dropped));
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(task);
                for _ in 0..400 {
                    let mut lease = pool.acquire().await.expect("served");
                    match random.u32(0..10) {
                        0 => lease.outcome(Outcome::Broken),
                        1 => {
                            taken.fetch_add(1, SeqCst);
                            drop(lease.detach());
                            dropped.fetch_add(1, SeqCst);
                        }
                        2 => tokio::task::yield_now().await,
                        _ => {}
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(60), task).await.expect("not stuck").expect("no panic");
    }
    over.store(true, SeqCst);
    assert!(watcher.await.expect("the books balance") > 0);
    for _ in 0..1000 {
        if pool.snapshot().open() == pool.snapshot().count(State::Idle) {
            break;
        }
        tokio::time::sleep(ms(1)).await;
    }
    assert_eq!(pool.snapshot().count(State::Idle), connector.alive(), "at rest they are exactly those that exist");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t07_a_resize_storm_leaves_the_last_limit_in_force() {
    let connector = Scripted::new();
    let pool = pool(&connector, 8);
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (pool, over) = (pool.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                while !over.load(SeqCst) {
                    let lease = pool.acquire().await.expect("served");
                    tokio::task::yield_now().await;
                    drop(lease);
                }
            })
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..500 {
        pool.resize(random.u32(1..9)).expect("a sound limit");
        tokio::task::yield_now().await;
    }
    pool.resize(2).expect("a sound limit");
    over.store(true, SeqCst);
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(30), task).await.expect("not stuck").expect("no panic");
    }
    for _ in 0..1000 {
        if connector.alive() <= 2 {
            break;
        }
        tokio::time::sleep(ms(1)).await;
    }
    assert!(connector.alive() <= 2 && connector.most_alive() <= 8);
    let (a, b) = (pool.acquire().await.expect("one"), pool.acquire().await.expect("two"));
    assert!(pool.try_acquire().is_err());
    drop((a, b));
}

#[tokio::test(start_paused = true)]
async fn t07_shrink_while_leased_and_while_dialing_then_grow() {
    let connector = Scripted::new();
    let pool = pool(&connector, 4);
    let leases = [pool.acquire().await.expect("1"), pool.acquire().await.expect("2"), pool.acquire().await.expect("3")];
    connector.script().dial = Dial::After(ms(50));
    let late = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(|lease| lease.id) }
    });
    settle().await;
    pool.resize(1).expect("sound");
    tokio::time::sleep(ms(60)).await;
    assert_eq!(pool.snapshot().open(), 3, "the dial that came too late is closed, leases are not");
    drop(leases);
    late.await.expect("no panic").expect("served by the one that stays");
    settle().await;
    assert_eq!(connector.alive(), 1);
    pool.resize(3).expect("sound");
    let grown = [pool.acquire().await.expect("1"), pool.acquire().await.expect("2"), pool.acquire().await.expect("3")];
    assert_eq!(connector.alive(), 3);
    drop(grown);
    assert!(pool.resize(0).is_err());
}

#[tokio::test(start_paused = true)]
async fn t08_failing_resets_and_checks_never_exceed_the_limit() {
    let connector = Scripted::new();
    {
        let mut script = connector.script();
        (script.needs_reset, script.reset, script.check) = (Step::Ok, Step::Fail, Step::Fail);
    }
    let mut options = options(2);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&connector, options).build().expect("sound");
    for round in 0..50 {
        if round == 25 {
            connector.script().needs_reset = Step::Fail;
        }
        let leases = [pool.acquire().await.expect("one"), pool.acquire().await.expect("two")];
        drop(leases);
        tokio::time::sleep(ms(5)).await;
    }
    assert!(connector.most_alive() <= 2, "{}", connector.most_alive());
    assert!(connector.made() >= 50);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_and_a_pool_that_does_not_wait_refuse() {
    let connector = Scripted::new();
    let mut options = options(1);
    options.limits.max_waiting = Some(1);
    let pool = builder(&connector, options).build().expect("sound");
    let held = pool.acquire().await.expect("dialed");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.map(drop) }
    });
    settle().await;
    let error = pool.acquire().await.expect_err("the queue is full");
    assert!(matches!(error, AcquireError::Rejected { .. }) && error.is_transient(), "{error}");
    drop(held);
    waiter.await.expect("no panic").expect("served");

    let mut options = pool.options();
    options.wait.exhausted = pool_core::Exhausted::Fail;
    pool.reconfigure(pool_core::Change { options: Some(options), ..Default::default() }).expect("sound");
    let _held = pool.acquire().await.expect("idle");
    let error = pool.acquire().await.expect_err("does not wait");
    assert!(matches!(error, AcquireError::Exhausted { .. }), "{error}");
}
