//! Connectors that panic or hang, and the pool that survives them.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use pool_core::{CloseReason, Outcome, State};
use pool_tokio::{AcquireError, DialError};

use crate::script::{Dial, Scripted, Step, TestPool, builder, count, ms, options, pool, settle};

/// All places are free again, and the pool serves.
async fn whole(pool: &TestPool, connector: &Scripted) {
    tokio::time::sleep(Duration::from_secs(10)).await;
    let snapshot = pool.snapshot();
    assert_eq!(snapshot.open(), snapshot.count(State::Idle), "{snapshot:?}");
    assert_eq!(snapshot.open(), connector.alive());
    let lease = pool.acquire().await.expect("serves again");
    assert_eq!(lease.endpoint, "a:1");
}

#[tokio::test(start_paused = true)]
async fn t05_a_connect_that_panics_is_a_failed_dial() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::Panic);
    let pool = pool(&connector, 1);
    let error = pool.acquire().await.expect_err("panicked");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let DialError::Panicked(message) = &about.last_dial.as_ref().expect("told").fault else { panic!("{error}") };
    assert_eq!(&**message, "connect panics, as the script says");
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_check_that_panics_closes_the_connection() {
    let connector = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(1).into();
    let pool = builder(&connector, options).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    tokio::time::sleep(ms(5)).await;
    connector.script().check = Step::Panic;
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    assert_eq!(connector.script().closed, [CloseReason::CHECK_FAILED]);
    connector.script().check = Step::Ok;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_reset_that_panics_closes_the_connection() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    {
        let mut script = connector.script();
        (script.needs_reset, script.reset) = (Step::Ok, Step::Panic);
    }
    drop(pool.acquire().await.expect("dialed"));
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::RESET_FAILED]);
    connector.script().reset = Step::Ok;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_close_that_panics_frees_the_place() {
    let connector = Scripted::new();
    connector.script().close = Step::Panic;
    let pool = pool(&connector, 1);
    pool.acquire().await.expect("dialed").discard();
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_connection_whose_drop_panics_frees_the_place() {
    let connector = Scripted::new();
    connector.script().drop_panics = true;
    let pool = pool(&connector, 1);
    pool.acquire().await.expect("dialed").discard();
    settle().await;
    connector.script().drop_panics = false;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_is_open_and_needs_reset_that_panic_cost_their_connection_only() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let lease = pool.acquire().await.expect("dialed");
    connector.script().needs_reset = Step::Panic;
    drop(lease);
    settle().await;
    assert_eq!(connector.script().closed, [CloseReason::BROKEN]);
    connector.script().needs_reset = Step::Fail;
    drop(pool.acquire().await.expect("a fresh one"));
    connector.script().is_open = Step::Panic;
    let error = pool.acquire().await.expect_err("none is open");
    assert!(matches!(error, AcquireError::Dial { .. }), "{error}");
    connector.script().is_open = Step::Ok;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_capacity_that_panics_is_a_failed_dial_and_the_connection_goes() {
    let connector = Scripted::new();
    connector.script().asked_capacity = Step::Panic;
    let pool = pool(&connector, 1);
    let error = pool.acquire().await.expect_err("panicked");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let DialError::Panicked(message) = &about.last_dial.as_ref().expect("told").fault else { panic!("{error}") };
    assert_eq!(&**message, "capacity panics, as the script says");
    assert_eq!((connector.made(), connector.alive()), (1, 0));
    connector.script().asked_capacity = Step::Ok;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_classify_that_panics_is_a_failed_dial() {
    let connector = Scripted::new();
    {
        let mut script = connector.script();
        script.dials.push_back(Dial::Refuse);
        script.classify = Step::Panic;
    }
    let pool = pool(&connector, 1);
    let error = pool.acquire().await.expect_err("panicked");
    assert!(error.is_transient(), "what nobody classified may go away: {error}");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let DialError::Panicked(message) = &about.last_dial.as_ref().expect("told").fault else { panic!("{error}") };
    assert_eq!(&**message, "classify panics, as the script says");
    connector.script().classify = Step::Ok;
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t05_a_share_that_panics_costs_its_connection_only() {
    let connector = Scripted::new();
    {
        let mut script = connector.script();
        script.capacity = Some(2);
        script.share = Step::Panic;
    }
    let pool = pool(&connector, 1);
    let error = pool.acquire().await.expect_err("no handle can be had");
    assert!(matches!(error, AcquireError::Dial { .. }), "{error}");
    settle().await;
    assert_eq!((connector.alive(), pool.leases().len()), (0, 0));
    connector.script().share = Step::Ok;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (a, b) = (pool.acquire().await.expect("1"), pool.acquire().await.expect("2"));
    assert_eq!((a.id, pool.snapshot().leases), (b.id, 2), "the same connection, shared again");
}

#[tokio::test(start_paused = true)]
async fn t05_a_retain_that_panics_costs_its_connection_only() {
    let connector = Scripted::new();
    let pool = pool(&connector, 3);
    drop([pool.acquire().await.expect("1"), pool.acquire().await.expect("2"), pool.acquire().await.expect("3")]);
    let told = std::panic::catch_unwind(AssertUnwindSafe(|| {
        pool.retain(|conn, _| if conn.id == 1 { panic!("this one") } else { true })
    }));
    assert!(told.is_err(), "the panic is the caller's");
    settle().await;
    assert_eq!((count(&pool, State::Idle), connector.alive()), (2, 2));
    whole(&pool, &connector).await;
}

#[tokio::test(start_paused = true)]
async fn t10_a_reset_and_a_close_that_never_return_end_at_their_deadlines() {
    let connector = Scripted::new();
    {
        let mut script = connector.script();
        (script.needs_reset, script.reset, script.close) = (Step::Ok, Step::Never, Step::Never);
    }
    let mut options = options(1);
    options.upkeep.reset_timeout = ms(200).into();
    options.upkeep.close_timeout = ms(300).into();
    let pool = builder(&connector, options).build().expect("sound");
    let started = tokio::time::Instant::now();
    drop(pool.acquire().await.expect("dialed"));
    assert!(started.elapsed() < ms(1), "a drop waits for nothing");
    tokio::time::sleep(ms(100)).await;
    assert_eq!(count(&pool, State::Resetting), 1);
    tokio::time::sleep(ms(200)).await;
    assert_eq!(count(&pool, State::Closing), 1);
    let lease = pool.acquire().await.expect("the place is free in the end");
    let took = started.elapsed();
    assert!(took >= ms(500) && took < ms(510), "{took:?}");
    assert_eq!(lease.id, 1);
}

#[tokio::test(start_paused = true)]
async fn t11_when_all_idle_are_dead_one_caller_does_not_pay_for_each() {
    let connector = Scripted::new();
    let mut options = options(16);
    options.upkeep.check_after_idle = ms(1).into();
    options.upkeep.check_timeout = ms(100).into();
    let pool = builder(&connector, options).build().expect("sound");
    pool.warm(16).await.expect("warm");
    tokio::time::sleep(ms(10)).await;
    connector.script().check = Step::Never;
    let started = tokio::time::Instant::now();
    let lease = pool.acquire().await.expect("a fresh one");
    assert!(started.elapsed() < ms(150), "{:?} for one check", started.elapsed());
    assert!(lease.id >= 16);
    assert!(connector.script().checks <= 2, "{} checks", connector.script().checks);
}

#[tokio::test(start_paused = true)]
async fn t11_connections_that_look_dead_are_sorted_out_at_once() {
    let connector = Scripted::new();
    let pool = pool(&connector, 100);
    pool.warm(100).await.expect("warm");
    pool.retain(|conn, _| {
        conn.dead.store(true, std::sync::atomic::Ordering::SeqCst);
        true
    });
    let started = tokio::time::Instant::now();
    assert!(pool.acquire().await.expect("a fresh one").id >= 100);
    assert!(started.elapsed() < ms(1));
}

#[tokio::test(start_paused = true)]
async fn t15_a_half_done_exchange_is_not_lent_again() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let mut lease = pool.acquire().await.expect("dialed");
    lease.outcome(Outcome::Broken);
    drop(lease);
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    assert_eq!(connector.script().closed, [CloseReason::BROKEN]);
    let mut lease = pool.acquire().await.expect("idle");
    lease.dirty = true;
    drop(lease);
    let lease = pool.acquire().await.expect("reset");
    assert!(!lease.dirty && lease.id == 1);
    assert_eq!(connector.script().resets, 1);
}

#[tokio::test]
async fn t16_a_connection_is_closed_if_its_holder_panics() {
    let connector = Scripted::new();
    let pool = pool(&connector, 1);
    let holder = tokio::spawn({
        let pool = pool.clone();
        async move {
            let _lease = pool.acquire().await.expect("dialed");
            panic!("while a lease is held");
        }
    });
    assert!(holder.await.is_err());
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    assert_eq!(connector.script().closed, [CloseReason::PANIC]);
}

#[tokio::test(start_paused = true)]
async fn t27_a_connection_that_died_while_idle_is_replaced_unseen() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    let lease = pool.acquire().await.expect("dialed");
    let dead = std::sync::Arc::clone(&lease.dead);
    drop(lease);
    dead.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(pool.acquire().await.expect("a fresh one").id, 1);
    assert_eq!(connector.script().closed, [CloseReason::PEER_CLOSED]);
    assert_eq!(pool.snapshot().counters().dead, 1);
}
