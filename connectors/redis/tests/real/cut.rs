//! Calls that are given up half-way: their connection serves nobody any more.

use std::time::Duration;

use clearpool_servers::FaultProxy;
use pool_connector_redis::redis::{self, AsyncCommands, RedisResult};
use pool_connector_redis::{RedisConnector, fault};
use pool_core::{Connector, Outcome, State};
use pool_tokio::{Fault, Pool, Retry};

use crate::{acquire, ask, connector, dial, id, pool, pool_of, start, until};

/// Begins a call, waits until the server has it, and gives it up.
async fn give_up(pool: &Pool<RedisConnector>, server: &clearpool_servers::RedisServer, command: &str) -> u64 {
    let mut conn = acquire(pool).await;
    let first = id(&mut conn).await;
    let blocked = || server.clients().iter().any(|client| client.contains("flags=b"));
    tokio::select! {
        answer = ask::<redis::Value>(&mut conn, command) => panic!("it waits: {answer:?}"),
        () = until("the server to have it", blocked) => {}
    }
    let late: RedisResult<u64> = ask(&mut conn, "CLIENT ID").await;
    let error = late.expect_err("it is of no more use");
    assert_eq!(fault(&error), Fault::UNANSWERED, "{error}");
    assert!(error.to_string().contains("given up half-way"), "{error}");
    first
}

#[tokio::test]
async fn a_blpop_that_was_cancelled_takes_nothing_from_the_list() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let first = give_up(&pool, &server, "BLPOP jobs 0").await;
    until("it to be closed", || server.clients().is_empty()).await;
    server.ask(&["RPUSH", "jobs", "one"]);
    let mut conn = acquire(&pool).await;
    assert_ne!(id(&mut conn).await, first);
    let job: Vec<String> = ask(&mut conn, "LRANGE jobs 0 -1").await.expect("a list");
    assert_eq!(job, ["one"], "nobody was there to take it");
}

#[tokio::test]
async fn a_cancelled_call_never_leaves_its_connection_to_one_who_waits() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    // The next caller is in the queue already, so that the connection would be handed over directly.
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move {
            until("the connection to be taken", || crate::count(&pool, State::Leased) == 1).await;
            id(&mut *acquire(&pool).await).await
        }
    });
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    until("one who waits", || pool.snapshot().pending == 1).await;
    let answer = tokio::time::timeout(Duration::from_millis(50), ask::<redis::Value>(&mut conn, "BLPOP jobs 0")).await;
    answer.expect_err("it waits");
    drop(conn);
    assert_ne!(waiting.await.expect("no panic"), first);
    let closes = pool.snapshot().closes;
    assert_eq!(closes.iter().map(|(_, count)| count).sum::<u64>(), 1, "{closes:?}");
}

#[tokio::test]
async fn a_call_that_was_never_begun_costs_nothing() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    drop(ask::<redis::Value>(&mut conn, "BLPOP jobs 0"));
    drop(conn);
    assert_eq!(id(&mut *acquire(&pool).await).await, first);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_costs_the_connection_and_one_that_waits_by_itself_does_not() {
    let Some(server) = start() else { return };
    let pool = pool(server.address(), |options| options.response_timeout = Duration::from_millis(300).into());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let popped: Option<(String, String)> = ask(&mut conn, "BLPOP jobs 1").await.expect("it may take a second");
    assert_eq!(popped, None);
    assert_eq!(id(&mut conn).await, first);

    server.process().pause();
    let late: RedisResult<u64> = ask(&mut conn, "CLIENT ID").await;
    server.process().resume();
    let error = late.expect_err("nobody answers");
    assert!(error.is_timeout() && error.to_string().contains("response_timeout = 300ms"), "{error}");
    assert_eq!(fault(&error), Fault::BROKEN);
    drop(conn);
    assert_ne!(id(&mut *acquire(&pool).await).await, first);
}

#[tokio::test]
async fn a_connection_that_is_reset_in_the_middle_of_an_answer_is_closed_and_the_call_fails() {
    let Some(server) = start() else { return };
    server.ask(&["SET", "large", &"x".repeat(100_000)]);
    let proxy = FaultProxy::to(server.address());
    let pool = pool(proxy.address(), |_| ());
    drop(acquire(&pool).await);
    proxy.cut_after(Some(50_000));
    let mut conn = acquire(&pool).await;
    let cut: RedisResult<String> = conn.get("large").await;
    let error = cut.expect_err("half an answer");
    assert_eq!(fault(&error), Fault::UNANSWERED, "{error}");
    let later: RedisResult<String> = conn.get("large").await;
    later.expect_err("it is of no more use");
    drop(conn);
    proxy.cut_after(None);
    let mut conn = acquire(&pool).await;
    assert_eq!(conn.get::<_, String>("large").await.expect("a whole answer").len(), 100_000);
}

#[tokio::test]
async fn an_operation_is_repeated_where_the_connection_was_to_blame() {
    let Some(server) = start() else { return };
    let proxy = FaultProxy::to(server.address());
    let pool = pool(proxy.address(), |_| ());
    drop(acquire(&pool).await);
    proxy.cut_after(Some(10));
    let uncut = std::cell::Cell::new(false);
    let done = pool
        .retrying(Retry::net_http(), fault)
        .idempotent()
        .execute(|mut conn| {
            if uncut.replace(true) {
                proxy.cut_after(None);
            }
            async move { conn.get::<_, Option<String>>("nothing").await }
        })
        .await;
    assert_eq!(done.expect("on another connection"), None);
    assert_eq!(pool.snapshot().counters().ended_as(Outcome::Broken), 1);
}

#[tokio::test]
async fn a_reset_that_nobody_answers_ends_at_its_deadline() {
    let Some(server) = start() else { return };
    let mut options = crate::one();
    options.upkeep.reset_timeout = Duration::from_millis(300).into();
    let pool = pool_of(options, server.address(), |_| ());
    let mut conn = acquire(&pool).await;
    let first = id(&mut conn).await;
    let () = ask(&mut conn, "WATCH a").await.expect("it is watched");
    server.process().pause();
    drop(conn);
    until("the reset to be given up", || pool.snapshot().open() == 0).await;
    server.process().resume();
    assert_ne!(id(&mut *acquire(&pool).await).await, first);
}

#[tokio::test]
async fn a_check_that_is_given_up_spoils_the_connection() {
    let Some(server) = start() else { return };
    let connector = connector(|_| ());
    let mut conn = dial(&connector, server.address()).await.expect("it answers");
    server.process().pause();
    tokio::time::timeout(Duration::from_millis(100), connector.check(&mut conn)).await.expect_err("nobody answers");
    server.process().resume();
    assert!(!connector.is_open(&mut conn));
    connector.reset(&mut conn).await.expect_err("nothing undoes that");
}
