//! Several leases on one connection.

use std::time::Duration;

use pool_connector_redis::redis::{self, AsyncCommands, RedisResult};
use pool_core::State;

use crate::{acquire, ask, count, id, one, pool, pool_of, start, until};

#[tokio::test]
async fn leases_share_a_connection_up_to_the_number_told() {
    let Some(server) = start() else { return };
    let mut options = one();
    options.limits.max_open = 2;
    let pool = pool_of(options, server.address(), |options| options.multiplex = Some(4));
    let mut leases = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..8 {
        let mut conn = acquire(&pool).await;
        ids.push(id(&mut conn).await);
        leases.push(conn);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "8 leases on 2 connections");
    pool.try_acquire().expect_err("all shares are taken");

    let tasks = leases.into_iter().enumerate().map(|(number, mut conn)| {
        tokio::spawn(async move {
            for round in 0..50 {
                let key = format!("key-{number}");
                let () = conn.set(&key, round).await.expect("it is set");
                assert_eq!(conn.get::<_, u32>(&key).await.expect("a number"), round, "everybody has his own answer");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
}

#[tokio::test]
async fn what_would_hold_up_or_change_the_others_is_refused() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |options| options.multiplex = Some(4));
    let mut conn = acquire(&pool).await;
    for command in
        ["BLPOP jobs 0", "MULTI", "WATCH a", "SELECT 1", "SUBSCRIBE news", "MONITOR", "XREAD BLOCK 0 STREAMS a $"]
    {
        let refused: RedisResult<redis::Value> = ask(&mut conn, command).await;
        let error = refused.expect_err(command).to_string();
        assert!(error.contains("without `multiplex`"), "{command}: {error}");
    }
    let mut pipeline = redis::pipe();
    pipeline.get("a").cmd("SELECT").arg(1);
    let refused: RedisResult<redis::Value> = pipeline.query_async(&mut *conn).await;
    refused.expect_err("it selects");
    // A transaction that is sent as one is nobody else's business.
    let mut atomic = redis::pipe();
    let (sum,): (u32,) = atomic.atomic().incr("a", 1).query_async(&mut *conn).await.expect("it runs");
    assert_eq!(sum, 1);
}

#[tokio::test]
async fn a_call_that_is_given_up_does_no_harm_to_the_others() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |options| options.multiplex = Some(4));
    let (mut conn, mut other) = (acquire(&pool).await, acquire(&pool).await);
    let first = id(&mut other).await;
    server.process().pause();
    tokio::time::timeout(Duration::from_millis(50), id(&mut conn)).await.expect_err("nobody answers");
    server.process().resume();
    let () = other.set("a", 5).await.expect("it is set");
    assert_eq!(conn.get::<_, u32>("a").await.expect("its own answer"), 5);
    assert_eq!(id(&mut conn).await, first);
}

#[tokio::test]
async fn a_connection_that_does_not_answer_or_is_closed_gets_no_new_leases() {
    let Some(server) = start() else { return };
    let mut options = one();
    options.limits.max_open = 2;
    let pool = pool_of(options, server.address(), |options| {
        options.multiplex = Some(4);
        options.response_timeout = Duration::from_millis(200).into();
    });
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    server.process().pause();
    let late: RedisResult<u64> = ask(&mut conn, "CLIENT ID").await;
    server.process().resume();
    assert!(late.expect_err("nobody answers").is_timeout());
    let mut fresh = acquire(&pool).await;
    let second = id(&mut fresh).await;
    assert_ne!(first, second);
    drop((conn, fresh));

    server.kill_clients();
    until("it to be gone", || count(&pool, State::Idle) + count(&pool, State::Leased) == 0).await;
    assert_ne!(id(&mut *acquire(&pool).await).await, second);
    pool.drain(clearpool_servers::LONG).await;
    until("all to be closed", || server.clients().is_empty()).await;
}
