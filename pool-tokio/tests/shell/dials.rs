//! Dials that fail, hang, and storm.

use std::time::Duration;

use pool_core::State;
use pool_tokio::{AcquireError, DialError, Phase};

use crate::script::{Dial, Scripted, builder, count, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn t09_a_dial_that_never_returns_gives_its_place_back_at_its_deadline() {
    let connector = Scripted::new();
    connector.script().dials.push_back(Dial::Never);
    let mut options = options(1);
    options.dial.timeout = ms(500).into();
    options.wait.timeout = ms(100).into();
    let pool = builder(&connector, options).build().expect("sound");
    let started = tokio::time::Instant::now();
    let error = pool.acquire().await.expect_err("the dial hangs");
    assert!(started.elapsed() <= ms(102), "{:?}", started.elapsed());
    assert!(matches!(error, AcquireError::Timeout { phase: Phase::Dialing, .. }), "{error}");
    assert_eq!(count(&pool, State::Dialing), 1);
    tokio::time::sleep(ms(410)).await;
    assert_eq!(count(&pool, State::Dialing), 0);
    tokio::time::sleep(ms(100)).await;
    pool.acquire().await.expect("the next dial works");
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_fails_tells_those_who_wait_at_once() {
    let connector = Scripted::new();
    connector.script().dial = Dial::Fail;
    let pool = pool(&connector, 4);
    let started = tokio::time::Instant::now();
    let error = pool.acquire().await.expect_err("refused");
    assert!(started.elapsed() < ms(1));
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let last = about.last_dial.as_ref().expect("it failed");
    assert!(matches!(&last.fault, DialError::Connect(down) if down.0 == "connection refused"));
    assert!(error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn what_will_not_heal_is_told_as_such() {
    let connector = Scripted::new();
    connector.script().dial = Dial::Refuse;
    let pool = pool(&connector, 4);
    let error = pool.acquire().await.expect_err("wrong password");
    assert!(!error.is_transient(), "{error}");
    tokio::time::sleep(ms(100)).await;
    pool.acquire().await.expect_err("still wrong");
    assert_eq!(connector.dials(), 1, "no second try so soon");
}

#[tokio::test(start_paused = true)]
async fn t12_a_dead_backend_is_not_stormed() {
    let connector = Scripted::new();
    connector.script().dial = Dial::Fail;
    let pool = pool(&connector, 10);
    let started = tokio::time::Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..1000 {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let mut failed = 0u32;
            while started.elapsed() < Duration::from_secs(1) {
                let asked = tokio::time::Instant::now();
                let error = pool.acquire().await.expect_err("dead");
                assert!(matches!(error, AcquireError::Dial { .. }), "{error}");
                assert!(asked.elapsed() < ms(10), "the error is there at once");
                failed += 1;
                tokio::time::sleep(ms(10)).await;
            }
            failed
        }));
    }
    let mut failed = 0;
    for task in tasks {
        failed += task.await.expect("no panic");
    }
    assert!(failed >= 50_000, "{failed} errors");
    assert!(connector.dials() <= 100, "{} dials in a second", connector.dials());
    connector.script().dial = Dial::Ok;
    tokio::time::sleep(Duration::from_secs(6)).await;
    pool.acquire().await.expect("healed");
}

#[tokio::test(start_paused = true)]
async fn a_return_serves_before_the_dial_is_done() {
    let connector = Scripted::new();
    let pool = pool(&connector, 2);
    let held = pool.acquire().await.expect("dialed");
    connector.script().dial = Dial::After(ms(100));
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.acquire().await.expect("served").id }
    });
    settle().await;
    assert_eq!(count(&pool, State::Dialing), 1);
    drop(held);
    assert_eq!(waiter.await.expect("no panic"), 0, "the return won the race");
    tokio::time::sleep(ms(110)).await;
    assert_eq!(count(&pool, State::Idle), 2, "the dial that lost became idle");
}

#[tokio::test(start_paused = true)]
async fn stillborn_connections_are_told_of_and_not_dialed_for_ever() {
    let connector = Scripted::new();
    connector.script().is_open = crate::script::Step::Fail;
    let pool = pool(&connector, 4);
    let error = pool.acquire().await.expect_err("all dead");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    assert!(matches!(about.last_dial.as_ref().expect("told").fault, DialError::Stillborn));
    assert!(error.to_string().contains("the last dial of a:1 failed: connections are made"), "{error}");
    assert!(connector.dials() <= 8, "{} dials", connector.dials());
}
