//! Transactions that somebody leaves behind.

use pool_connector_postgres::{PostgresConnector, Reset};
use pool_core::Settled;
use pool_tokio::{Lease, Pool};

use crate::{connector, dials, pool_to, server};

/// A pool, and a table of its own in the database.
async fn pool_and_table(address: impl ToString, table: &str, reset: Reset) -> Pool<PostgresConnector> {
    let pool = pool_to(address, connector(|options| options.reset = reset));
    let conn = pool.acquire().await.expect("a connection");
    let words = format!("drop table if exists {table}; create table {table} (id int primary key)");
    conn.batch_execute(&words).await.expect("a table");
    drop(conn);
    pool
}

async fn is_in_transaction(conn: &Lease<PostgresConnector>) -> bool {
    // It has a number as soon as it has written something.
    let query = "select pg_current_xact_id_if_assigned() is not null";
    conn.query_one(query, &[]).await.is_ok_and(|row| row.get(0))
}

async fn rows(conn: &Lease<PostgresConnector>, table: &str) -> i64 {
    conn.query_one(&format!("select count(*) from {table}"), &[]).await.expect("no transaction has failed").get(0)
}

#[tokio::test]
async fn one_that_is_left_open_is_rolled_back() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "left_open", Reset::Rollback).await;
    let conn = pool.acquire().await.expect("a connection");
    conn.batch_execute("begin; insert into left_open values (1)").await.expect("it begins");
    assert!(is_in_transaction(&conn).await);
    let settled: Settled = conn.release().await;
    assert_eq!((settled.reason.as_str(), settled.closed), ("reset", None));
    let next = pool.acquire().await.expect("the same connection");
    assert!(!is_in_transaction(&next).await);
    assert_eq!((rows(&next, "left_open").await, dials(&pool)), (0, 1));
}

#[tokio::test]
async fn one_that_has_failed_is_rolled_back() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "failed", Reset::Rollback).await;
    let conn = pool.acquire().await.expect("a connection");
    conn.batch_execute("begin; insert into failed values (1); select 1 / 0").await.expect_err("a mistake");
    conn.query("select 1", &[]).await.expect_err("the transaction has failed");
    drop(conn);
    let next = pool.acquire().await.expect("the same connection");
    assert_eq!((rows(&next, "failed").await, dials(&pool)), (0, 1));
}

#[tokio::test]
async fn one_whose_guard_is_dropped_is_rolled_back_once() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "dropped", Reset::Rollback).await;
    let mut conn = pool.acquire().await.expect("a connection");
    let mut outer = conn.transaction().await.expect("it begins");
    let inner = outer.transaction().await.expect("it begins");
    inner.execute("insert into dropped values (1)", &[]).await.expect("a row");
    drop(inner);
    drop(outer);
    drop(conn);
    let next = pool.acquire().await.expect("the same connection");
    assert_eq!((rows(&next, "dropped").await, dials(&pool)), (0, 1));
    let log = server.process().log().text();
    let backend = format!("[{}]", next.backend_pid());
    let mut lines = log.lines().filter(|line| line.contains(&backend));
    assert!(!lines.any(|line| line.contains("no transaction in progress")), "it was rolled back twice: {log}");
}

#[tokio::test]
async fn one_that_is_committed_leaves_nothing_to_undo() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "committed", Reset::Rollback).await;
    let mut conn = pool.acquire().await.expect("a connection");
    let transaction = conn.transaction().await.expect("it begins");
    let insert = transaction.prepare_cached("insert into committed values ($1)").await.expect("a statement");
    transaction.execute(&insert, &[&1]).await.expect("a row");
    transaction.commit().await.expect("committed");
    drop(conn);
    let next = pool.try_acquire().expect("it was not reset");
    assert_eq!((rows(&next, "committed").await, next.cached_statements()), (1, 1));
}

#[tokio::test]
async fn one_that_is_left_open_stays_so_if_nothing_is_to_be_undone() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "as_it_was", Reset::None).await;
    let conn = pool.acquire().await.expect("a connection");
    conn.batch_execute("begin; insert into as_it_was values (1)").await.expect("it begins");
    drop(conn);
    let next = pool.try_acquire().expect("it was not reset");
    assert!(is_in_transaction(&next).await);
    assert_eq!((rows(&next, "as_it_was").await, dials(&pool)), (1, 1));
}

/// Many tasks at once, some of which are dropped at any moment: what is committed is there, and nothing else is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_dropped_when_no_lease_finds_what_another_left() {
    let Some(server) = server() else { return };
    let pool = pool_and_table(server.address(), "at_any_moment", Reset::Rollback).await;
    pool.resize(3).expect("a good size");
    let mut tasks = Vec::new();
    for task in 0..60_i32 {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let work = async {
                let mut conn = pool.acquire().await.expect("a connection");
                assert!(!is_in_transaction(&conn).await, "somebody has left a transaction");
                let transaction = conn.transaction().await.expect("it begins");
                transaction.execute("insert into at_any_moment values ($1)", &[&task]).await.expect("a row");
                transaction.query("select pg_sleep(0.002)", &[]).await.expect("a nap");
                if task % 3 == 0 {
                    return false;
                }
                transaction.commit().await.expect("committed");
                true
            };
            let patience = std::time::Duration::from_millis(if task % 2 == 0 {
                30_000
            } else {
                1 + u64::from(task.unsigned_abs()) / 2
            });
            tokio::time::timeout(patience, work).await
        }));
    }
    let mut committed = 0;
    let mut given_up = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(true) => committed += 1,
            Ok(false) => {}
            Err(_) => given_up += 1,
        }
    }
    let conn = pool.acquire().await.expect("a connection");
    let there = rows(&conn, "at_any_moment").await;
    // Who gives up while it commits does not know.
    assert!((committed..=committed + given_up).contains(&there), "{committed} of {there}, {given_up} given up");
    assert!(committed >= 20, "{committed}");
}
