//! What of the manager is called, and when.

use std::cell::Cell;
use std::io;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use pool_connector_deadpool::{DeadpoolConnector, DeadpoolError, Recycle};
use pool_core::{ConnectCx, Connector, Endpoint, ErrorClass, Handle, Protocol, State};
use pool_tokio::{AcquireError, DialError};

use crate::script::{Conn, Scripted, Step, builder, ms, options, pool, settle};

#[tokio::test(start_paused = true)]
async fn what_one_holder_leaves_the_next_does_not_find() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    let mut lease = pool.acquire().await.expect("dialed");
    assert_eq!((lease.id, lease.endpoint().name()), (0, "manager"));
    lease.left = Some("a transaction");
    drop(lease);
    let mut again = pool.acquire().await.expect("recycled");
    assert_eq!((again.id, again.left), (0, None));

    again.left = Some("a transaction");
    let (next, ()) = tokio::join!(pool.acquire(), async {
        tokio::task::yield_now().await;
        assert_eq!(pool.snapshot().pending, 1);
        drop(again);
    });
    let next = next.expect("handed on");
    assert_eq!((next.id, next.left), (0, None), "nor one who waited");
}

#[tokio::test(start_paused = true)]
async fn metrics_are_true() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    let created = pool.acquire().await.expect("dialed").metrics().created;
    for before in 1..4 {
        let lease = pool.acquire().await.expect("recycled");
        let metrics = lease.metrics();
        assert_eq!((metrics.recycle_count, metrics.created), (before, created));
        assert!(metrics.recycled.expect("it was") >= created);
    }
    settle().await;
    let seen = [(0, 0, false), (0, 1, true), (0, 2, true), (0, 3, true)];
    assert_eq!(manager.script().recycles, seen, "and the manager is shown those of before");
}

#[tokio::test(start_paused = true)]
async fn one_that_lay_idle_is_recycled_again_where_the_options_say_so() {
    let manager = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(100).into();
    let pool = builder(&manager, options).build().expect("sound");
    for idle in [ms(10), ms(10), ms(200), ms(200)] {
        drop(pool.acquire().await.expect("served"));
        tokio::time::sleep(idle).await;
    }
    assert_eq!(manager.script().recycles.len(), 4 + 1);
    assert_eq!(pool.acquire().await.expect("served").metrics().recycle_count, 6);
}

#[tokio::test(start_paused = true)]
async fn where_it_is_only_a_check_nothing_is_recycled_on_return() {
    let manager = Scripted::new();
    let mut options = options(1);
    options.upkeep.check_after_idle = ms(100).into();
    let connector = DeadpoolConnector::new(manager.clone()).recycle(Recycle::WhenChecked);
    let pool = connector.pool().options(options).build().expect("sound");
    for _ in 0..3 {
        drop(pool.acquire().await.expect("served"));
        assert_eq!(pool.snapshot().count(State::Idle), 1, "at once");
        tokio::time::sleep(ms(10)).await;
    }
    assert!(manager.script().recycles.is_empty());
    tokio::time::sleep(ms(200)).await;
    drop(pool.acquire().await.expect("served"));
    assert_eq!(manager.script().recycles.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_recycled_is_closed_and_its_error_kept() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    for (step, id) in [(Step::Fail, 0), (Step::Refuse, 1)] {
        manager.script().recycle = step;
        let lease = pool.acquire().await.expect("dialed");
        assert_eq!(lease.id, id);
        drop(lease);
    }
    settle().await;
    assert_eq!((manager.alive(), &manager.script().detached[..]), (0, &[0, 1][..]));

    let connector = DeadpoolConnector::new(manager.clone());
    let (endpoint, handle) = (Endpoint::new("here"), Handle::detached());
    let cx = ConnectCx::new(&endpoint, "test", ms(9), &handle);
    for begun in [false, true] {
        manager.script().recycle = Step::Refuse;
        let mut conn = connector.connect(&cx).await.expect("works");
        assert!(!begun || connector.needs_reset(&mut conn));
        let error = connector.reset(&mut conn).await.expect_err("refused");
        assert!(matches!(&error, DeadpoolError::Recycle(RecycleError::Message(said)) if said == "not this one"));
        assert_eq!(error.to_string(), "cannot be recycled: not this one");

        manager.script().recycle = Step::Fail;
        let mut conn = connector.connect(&cx).await.expect("works");
        assert!(!begun || connector.needs_reset(&mut conn));
        let error = connector.reset(&mut conn).await.expect_err("fails");
        assert_eq!(error.backend().map(io::Error::kind), Some(io::ErrorKind::Other));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_recycled_without_waiting_is_idle_at_once() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    drop(pool.acquire().await.expect("dialed"));
    assert_eq!(pool.snapshot().count(State::Idle), 1);
    assert_eq!(pool.try_acquire().expect("idle").metrics().recycle_count, 1);
}

#[tokio::test(start_paused = true)]
async fn what_has_to_wait_goes_on_where_it_was() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    manager.script().recycle = Step::After(ms(10));
    drop(pool.acquire().await.expect("dialed"));
    assert_eq!((pool.snapshot().count(State::Idle), manager.script().recycles.len()), (0, 1));
    let lease = pool.acquire().await.expect("recycled");
    assert_eq!((lease.id, lease.metrics().recycle_count), (0, 1));
    assert_eq!(manager.script().recycles.len(), 1, "it was not begun again");
}

#[tokio::test]
async fn one_that_is_given_back_outside_a_runtime_is_recycled_inside() {
    let manager = Scripted::new();
    let pool = pool(&manager, 1);
    // It needs a timer, which is nowhere but in a runtime.
    manager.script().recycle = Step::After(ms(1));
    let lease = pool.acquire().await.expect("dialed");
    std::thread::spawn(move || drop(lease)).join().expect("no panic");
    let lease = pool.acquire().await.expect("recycled");
    assert_eq!((lease.id, lease.metrics().recycle_count), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn the_manager_is_told_once_of_each_that_leaves() {
    let manager = Scripted::new();
    let pool = pool(&manager, 4);
    let taken = pool.acquire().await.expect("dialed").detach();
    assert!(manager.script().detached.is_empty());
    let taken: Conn = taken.take();
    assert_eq!(manager.script().detached, [0]);
    drop(taken);
    drop(pool.acquire().await.expect("dialed").detach());
    assert_eq!(manager.script().detached, [0, 1], "whether it is taken or not");
    pool.acquire().await.expect("dialed").discard();
    settle().await;
    assert_eq!(manager.script().detached, [0, 1, 2]);
    let (idle, held) = (pool.acquire().await.expect("dialed"), pool.acquire().await.expect("dialed"));
    drop(idle);
    settle().await;
    drop(pool);
    settle().await;
    assert_eq!(manager.script().detached, [0, 1, 2, 3]);
    drop(held);
    settle().await;
    assert_eq!((manager.alive(), &manager.script().detached[..]), (0, &[0, 1, 2, 3, 4][..]));
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_look_open_is_not_lent_and_not_handed_on() {
    let manager = Scripted::new();
    let connector = DeadpoolConnector::new(manager.clone()).recycle(Recycle::WhenChecked);
    let connector = connector.looks_open(|conn| conn.left != Some("closed"));
    let pool = connector.pool().options(options(1)).build().expect("sound");
    drop(pool.acquire().await.expect("dialed"));
    let closes = |conn: &mut Conn| conn.left = Some("closed");
    assert_eq!(
        pool.retain(|conn, _| {
            closes(conn);
            true
        }),
        0
    );
    let mut lease = pool.acquire().await.expect("a fresh one");
    assert_eq!(lease.id, 1);
    let (next, ()) = tokio::join!(pool.acquire(), async {
        tokio::task::yield_now().await;
        closes(&mut lease);
        drop(lease);
    });
    assert_eq!(next.expect("a fresh one").id, 2);
    assert!(manager.script().recycles.is_empty(), "there is no sense in it");
}

#[tokio::test(start_paused = true)]
async fn an_error_is_the_manager_s_own_and_is_classified() {
    let manager = Scripted::new();
    manager.script().create = Step::Fail;
    let connector = DeadpoolConnector::named("orders-db", manager.clone());
    let pool = connector.classify(|_: &io::Error| ErrorClass::Permanent).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(error.to_string().contains("create fails, as the script says"), "{error}");
    assert!(error.to_string().contains("orders-db"), "{error}");
    let AcquireError::Dial { about } = &error else { panic!("{error}") };
    let DialError::Connect(inner) = &about.last_dial.as_ref().expect("told").fault else { panic!("{error}") };
    assert!(matches!(&**inner, DeadpoolError::Create(error) if error.kind() == io::ErrorKind::Other), "{inner:?}");
}

#[tokio::test(start_paused = true)]
async fn a_protocol_is_told_if_one_is_given() {
    let redis = Protocol::named("redis").database("redis");
    assert_eq!(DeadpoolConnector::new(Scripted::new()).protocol(), Protocol::NONE);
    assert_eq!(DeadpoolConnector::new(Scripted::new()).speaking(redis).protocol(), redis);
}

/// A manager whose error is no `Error` and stays on its thread.
struct Mute;

struct NoError(Cell<u8>);

impl Manager for Mute {
    type Type = ();
    type Error = NoError;

    async fn create(&self) -> Result<(), NoError> {
        Err(NoError(Cell::new(7)))
    }

    async fn recycle(&self, _: &mut (), _: &Metrics) -> RecycleResult<NoError> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_none_is_put_in_other_words() {
    let connector = DeadpoolConnector::new(Mute);
    let connector = connector.map_errors(|error| io::Error::other(format!("code {}", error.0.get())));
    let pool = connector.pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(error.to_string().contains("code 7"), "{error}");
}
