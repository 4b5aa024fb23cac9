//! What `fault` says of operations of which a part was carried out: they are repeated only if that does no harm.

use std::cell::Cell;
use std::time::Duration;

use clearpool_servers::RedisServer;
use pool_connector_redis::redis::{self, AsyncCommands, RedisResult};
use pool_connector_redis::{RedisConnection, RedisConnector, RedisOptions, fault};
use pool_tokio::{Attempt, Fault, Pool, Retry};

use crate::{acquire, ask, pool, start};

/// A pool whose connection was used before: only then another one is worth a try.
async fn used(server: &RedisServer, change: impl FnOnce(&mut RedisOptions)) -> Pool<RedisConnector> {
    let pool = pool(server.address(), change);
    let _: u64 = ask(&mut *acquire(&pool).await, "DBSIZE").await.expect("it answers");
    pool
}

/// How often an operation is begun.
async fn tries<F>(
    pool: &Pool<RedisConnector>,
    idempotent: bool,
    operation: impl Fn(Attempt<RedisConnector>) -> F,
) -> u32
where
    F: Future<Output = RedisResult<i64>>,
{
    let tries = Cell::new(0);
    let executor = pool.retrying(Retry::net_http(), fault);
    let executor = if idempotent { executor.idempotent() } else { executor };
    let begin = |conn| {
        tries.set(tries.get() + 1);
        operation(conn)
    };
    println!("it ended with {:?}", executor.execute(begin).await);
    tries.get()
}

/// Ends all connections, and lets them see it.
async fn end_connections(server: &RedisServer) {
    server.kill_clients();
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn stored(server: &RedisServer, key: &str) -> Option<u64> {
    server.ask(&["GET", key]).as_str().and_then(|text| text.parse().ok())
}

/// Counts twice, with the end of its connection in between at the first try.
async fn count_two(mut conn: Attempt<RedisConnector>, server: &RedisServer) -> RedisResult<i64> {
    let first: i64 = conn.incr("first", 1).await?;
    if first == 1 {
        end_connections(server).await;
    }
    conn.incr("second", 1).await
}

#[tokio::test]
async fn a_connection_that_ends_between_two_commands_has_not_left_the_first_undone() {
    for multiplex in [None, Some(4)] {
        let Some(server) = start() else { return };
        let pool = used(&server, |options| options.multiplex = multiplex).await;
        let server = &server;
        assert_eq!(tries(&pool, false, |conn| count_two(conn, server)).await, 1, "{multiplex:?}");
        assert_eq!((stored(server, "first"), stored(server, "second")), (Some(1), None), "{multiplex:?}");
    }
}

#[tokio::test]
async fn an_idempotent_operation_begins_anew_where_its_connection_ends_between_two_commands() {
    let Some(server) = start() else { return };
    let pool = used(&server, |_| ()).await;
    let server = &server;
    assert_eq!(tries(&pool, true, |conn| count_two(conn, server)).await, 2);
}

#[tokio::test]
async fn a_connection_that_ends_before_the_first_command_of_a_lease_has_done_nothing() {
    for multiplex in [None, Some(4)] {
        let Some(server) = start() else { return };
        // Its former leases have sent something.
        let pool = used(&server, |options| options.multiplex = multiplex).await;
        let (server, first) = (&server, Cell::new(true));
        let operation = |mut conn: Attempt<RedisConnector>| {
            let is_first = first.replace(false);
            async move {
                if is_first {
                    end_connections(server).await;
                }
                conn.incr("first", 1).await
            }
        };
        assert_eq!(tries(&pool, false, operation).await, 2, "{multiplex:?}");
        assert_eq!(stored(server, "first"), Some(1));
    }
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_not_made_undone_by_the_next_command() {
    let Some(server) = start() else { return };
    let pool = used(&server, |options| options.response_timeout = Duration::from_millis(200).into()).await;
    let server = &server;
    let operation = |mut conn: Attempt<RedisConnector>| async move {
        server.process().pause();
        let late: RedisResult<i64> = conn.incr("first", 1).await;
        server.process().resume();
        assert!(late.expect_err("nobody answers").is_timeout());
        conn.incr("second", 1).await
    };
    assert_eq!(tries(&pool, false, operation).await, 1);
    crate::until("the first to be carried out", || stored(server, "first") == Some(1)).await;
}

#[tokio::test]
async fn a_pipeline_that_meets_a_demotion_half_way_is_not_sent_again() {
    let Some(server) = start() else { return };
    let pool = used(&server, |_| ()).await;
    let operation = |mut conn: Attempt<RedisConnector>| async move {
        let mut pipeline = redis::pipe();
        pipeline.incr("first", 1).cmd("REPLICAOF").arg("127.0.0.1").arg(1).incr("second", 1);
        let (_, _, second): (i64, String, i64) = pipeline.query_async(&mut **conn).await?;
        Ok(second)
    };
    assert_eq!(tries(&pool, false, operation).await, 1);
    assert_eq!(stored(&server, "first"), Some(1));
}

/// What is said of a write to a server that was demoted.
async fn refused(conn: &mut RedisConnection, server: &RedisServer) -> Fault {
    server.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    let refused: RedisResult<i64> = conn.incr("first", 1).await;
    server.ask(&["REPLICAOF", "NO", "ONE"]);
    let error = refused.expect_err("it is a replica");
    assert_eq!(error.code(), Some("READONLY"), "{error}");
    assert!(error.to_string().contains("read only replica"), "{error}");
    fault(&error)
}

#[tokio::test]
async fn a_demotion_is_no_harm_to_the_first_command_of_a_lease_alone() {
    for multiplex in [None, Some(4)] {
        let Some(server) = start() else { return };
        let pool = used(&server, |options| options.multiplex = multiplex).await;
        assert_eq!(refused(&mut *acquire(&pool).await, &server).await, Fault::UNSENT, "{multiplex:?}");
        let mut conn = acquire(&pool).await;
        let _: i64 = conn.incr("first", 1).await.expect("it is counted");
        assert_eq!(refused(&mut conn, &server).await, Fault::UNANSWERED, "{multiplex:?}");
    }
}
