//! Servers that go away, come back, hang and throw clients out.

use std::time::Duration;

use clearpool_servers::{FaultProxy, Redis};
use pool_connector_redis::RedisConnector;
use pool_connector_redis::redis::{self, AsyncCommands, RedisResult};
use pool_core::{Connector, ErrorClass, State};
use pool_tokio::{AcquireError, Lease, Pool};

use crate::{acquire, ask, count, id, one, pool, pool_of, start, until};

async fn several(pool: &Pool<RedisConnector>, number: usize) -> Vec<Lease<RedisConnector>> {
    let mut leases = Vec::new();
    for _ in 0..number {
        leases.push(acquire(pool).await);
    }
    leases
}

fn of_three(address: impl ToString) -> Pool<RedisConnector> {
    let mut options = one();
    options.limits.max_open = 3;
    options.dial.backoff_max = Duration::from_millis(200).into();
    pool_of(options, address, |_| ())
}

#[tokio::test]
async fn a_client_that_was_killed_while_idle_is_not_handed_out() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let first = id(&mut *acquire(&pool).await).await;
    until("it to be idle", || count(&pool, State::Idle) == 1).await;
    assert_eq!(server.kill_clients(), 1);
    // Nothing is awaited in between: neither the task of the connection nor the pool's can have run.
    let mut conn = acquire(&pool).await;
    assert_ne!(conn.get::<_, Option<u32>>("a").await.map(|_| 0).expect("a fresh connection"), first);
    assert_ne!(id(&mut conn).await, first);
}

#[tokio::test]
async fn a_client_that_was_killed_while_idle_leaves_the_pool_at_once() {
    let Some(server) = start() else { return };
    let pool = of_three(server.address());
    drop(several(&pool, 3).await);
    until("them to be idle", || count(&pool, State::Idle) == 3).await;
    assert_eq!(server.kill_clients(), 3);
    // Nobody asks for one.
    until("them to be gone", || pool.snapshot().open() == 0).await;
}

#[tokio::test]
async fn a_server_that_is_restarted_costs_no_caller_anything() {
    let Some(mut server) = start() else { return };
    let pool = of_three(server.address());
    drop(several(&pool, 3).await);
    until("them to be idle", || count(&pool, State::Idle) == 3).await;
    server.ask(&["SET", "answer", "42"]);
    server.restart();
    for _ in 0..3 {
        let mut conn = acquire(&pool).await;
        assert_eq!(conn.get::<_, u32>("answer").await.expect("an answer"), 42);
    }
}

#[tokio::test]
async fn a_server_that_dies_under_leases_fails_their_calls_and_the_pool_recovers() {
    let Some(mut server) = start() else { return };
    let pool = of_three(server.address());
    let mut leases = several(&pool, 3).await;
    server.process().kill();
    for conn in &mut leases {
        let failed: RedisResult<Option<u32>> = conn.get("a").await;
        failed.expect_err("nobody is there");
    }
    drop(leases);
    until("all to be closed", || pool.snapshot().open() == 0).await;

    let error = pool.acquire().await.expect_err("nobody listens");
    assert!(error.is_transient() && error.to_string().contains(&server.address().to_string()), "{error}");
    server.restart();
    let until_back = async {
        loop {
            match pool.acquire().await {
                Ok(conn) => return conn,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let mut conn = tokio::time::timeout(clearpool_servers::LONG, until_back).await.expect("it is back");
    assert_eq!(conn.get::<_, Option<u32>>("a").await.expect("an answer"), None);
}

#[tokio::test]
async fn a_server_that_hangs_holds_up_no_dial_and_no_check_beyond_their_deadlines() {
    let Some(server) = start() else { return };
    let mut options = one();
    options.dial.timeout = Duration::from_millis(300).into();
    options.wait.timeout = Duration::from_secs(2).into();
    options.upkeep.check_after_idle = Duration::from_millis(1).into();
    options.upkeep.check_timeout = Duration::from_millis(300).into();
    let pool = pool_of(options, server.address(), |_| ());
    drop(acquire(&pool).await);
    tokio::time::sleep(Duration::from_millis(20)).await;
    server.process().pause();
    // The idle one is checked in vain, then a new one is dialed in vain: the system accepts it.
    let error = pool.acquire().await.expect_err("nobody answers");
    assert!(error.is_transient() && error.to_string().contains(&server.address().to_string()), "{error}");
    assert_eq!(pool.snapshot().leases, 0);
    server.process().resume();
    let back = async {
        loop {
            if let Ok(conn) = pool.acquire().await {
                return conn;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut conn = tokio::time::timeout(clearpool_servers::LONG, back).await.expect("it goes on");
    assert_eq!(conn.get::<_, Option<u32>>("a").await.expect("an answer"), None);
}

#[tokio::test]
async fn a_server_that_hangs_is_told_from_one_that_is_not_there() {
    let Some(server) = start() else { return };
    let connector = crate::connector(|_| ());
    server.process().pause();
    let dialed = crate::dial_within(&connector, server.address(), Duration::from_millis(200)).await;
    server.process().resume();
    let error = dialed.expect_err("nobody answers");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
    assert!(error.to_string().contains("accepted the connection and did not answer the greeting"), "{error}");
    server.process().kill();
    let error = crate::dial(&connector, server.address()).await.expect_err("nobody is there");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_was_demoted_keeps_no_connections() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    for atomic in [false, true] {
        let mut conn = acquire(&pool).await;
        let first = id(&mut conn).await;
        server.ask(&["REPLICAOF", "127.0.0.1", "1"]);
        let refused: RedisResult<()> = if atomic {
            redis::pipe().atomic().set("a", 1).query_async(&mut *conn).await
        } else {
            conn.set("a", 1).await
        };
        let error = refused.expect_err("it is a replica");
        assert!(error.to_string().to_lowercase().contains("readonly"), "{error}");
        server.ask(&["REPLICAOF", "NO", "ONE"]);
        drop(conn);
        assert_ne!(id(&mut *acquire(&pool).await).await, first, "the name may lead to another server by now");
    }
}

#[tokio::test]
async fn a_server_with_too_many_clients_says_so_and_is_tried_again() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("maxclients 4").start();
    let held = of_three(server.address());
    let leases = several(&held, 3).await;
    let mut fourth = crate::dial(held.connector(), server.address()).await.expect("there is room for one");
    assert!(id(&mut fourth).await > 0);
    let pool = pool(server.address(), |_| ());
    let error = pool.acquire().await.expect_err("there is no room");
    let AcquireError::Dial { about } = &error else { panic!("{error:?}") };
    assert_eq!(about.last_dial.as_ref().map(|dial| dial.class), Some(ErrorClass::Transient));
    let told = error.to_string();
    assert!(told.contains("max number of clients") && told.contains("`limits.max_open`"), "{told}");
    drop((leases, fourth));
    held.close();
}

#[tokio::test]
async fn a_network_that_delays_is_only_slow_and_one_that_cuts_costs_one_connection() {
    let Some(server) = start() else { return };
    let proxy = FaultProxy::to(server.address());
    let pool = pool(proxy.address(), |_| ());
    proxy.delay(Duration::from_millis(50));
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let () = ask(&mut conn, "SELECT 3").await.expect("another database");
    drop(conn);
    let mut conn = acquire(&pool).await;
    let client: String = ask(&mut conn, "CLIENT INFO").await.expect("a line");
    assert!(client.starts_with(&format!("id={first} ")) && client.contains(" db=0 "), "{client}");
    drop(conn);
    proxy.delay(Duration::ZERO);
    proxy.cut();
    until("it to be gone", || pool.snapshot().open() == 0).await;
    assert_ne!(id(&mut *acquire(&pool).await).await, first);
}

#[test]
fn a_connection_whose_runtime_is_gone_is_not_handed_out_on_another_one() {
    let Some(server) = start() else { return };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let pool = pool(server.address(), |_| ());
    let first = runtime().block_on(async { id(&mut *acquire(&pool).await).await });
    let second = runtime().block_on(async { id(&mut *acquire(&pool).await).await });
    assert_ne!(first, second);
}
