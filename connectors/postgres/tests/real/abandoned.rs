//! Connections that come back with an answer still to come.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pool_connector_postgres::tokio_postgres::error::SqlState;
use pool_core::CloseReason;

use crate::{AMPLE, activity, beside, closed, connector, dials, give_up_when_active, pool_to, server, until};

/// Polls something once, so that it has asked and has no answer yet, and drops it.
fn begin<T>(work: impl Future<Output = T>) {
    let mut work = pin!(work);
    assert!(matches!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[tokio::test]
async fn a_query_that_is_given_up_costs_its_connection_and_the_server_stops() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let beside = beside(&server).await;
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    give_up_when_active(&beside, backend, conn.query("select pg_sleep(600)", &[])).await;
    drop(conn);

    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!((closed(&pool, CloseReason::RESET_FAILED), dials(&pool)), (1, 2));
    until("the end of the query", async || activity(&beside, backend).await.is_none()).await;
}

#[tokio::test]
async fn the_server_goes_on_if_it_is_not_to_be_told() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.cancel_abandoned = false));
    let beside = beside(&server).await;
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    give_up_when_active(&beside, backend, conn.query("select pg_sleep(600)", &[])).await;
    drop(conn);

    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!(activity(&beside, backend).await.as_deref(), Some("active"));
    beside.execute("select pg_terminate_backend($1)", &[&backend]).await.expect("a superuser may");
}

/// On one thread the driver's task has no chance to send it before the lease ends.
#[tokio::test]
async fn a_query_that_nobody_has_sent_yet_counts_as_well() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    begin(conn.batch_execute("create table never_to_be_seen (id int)"));
    drop(conn);
    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!(closed(&pool, CloseReason::RESET_FAILED), 1);
}

#[tokio::test]
async fn of_queries_in_a_row_all_answers_are_awaited() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    let ask = async |number: i32| conn.query_one("select $1::int", &[&number]).await.expect("an answer").get(0);
    let answers: (i32, i32, i32) = tokio::join!(ask(1), ask(2), ask(3));
    assert_eq!(answers, (1, 2, 3));
    drop(conn);

    let conn = pool.acquire().await.expect("the same connection");
    assert_eq!(conn.backend_pid(), backend);
    let statement = conn.prepare("select $1::int").await.expect("a statement");
    begin(conn.query(&statement, &[&1]));
    begin(conn.query(&statement, &[&2]));
    conn.query(&statement, &[&3]).await.expect("an answer, behind those of the other two");
    begin(conn.query(&statement, &[&4]));
    drop(conn);
    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!(dials(&pool), 2);
}

#[tokio::test]
async fn queries_that_were_given_up_and_answered_cost_nothing() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    begin(conn.batch_execute("select 1"));
    begin(conn.simple_query("select 2"));
    conn.check_connection().await.expect("it comes behind them");
    let backend = conn.backend_pid();
    drop(conn);
    assert_eq!(pool.acquire().await.expect("the same").backend_pid(), backend);
}

#[tokio::test]
async fn a_statement_that_is_put_away_keeps_nobody_waiting() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    for _ in 0..20 {
        let conn = pool.acquire().await.expect("a connection");
        // Prepared, run, and put away at the end: nobody waits for the answer to that.
        conn.query_one("select 1", &[]).await.expect("an answer");
        drop(conn);
        assert!(pool.try_acquire().is_ok(), "there was a reset");
    }
    assert_eq!(dials(&pool), 1);
}

#[tokio::test]
async fn rows_that_nobody_takes_keep_no_one_else_waiting() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    let no_parameters: [i32; 0] = [];
    let rows = conn.query_raw("select generate_series(1, 300000)", no_parameters).await.expect("rows");
    drop(conn);
    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!(next.query_one("select 1", &[]).await.expect("an answer").get::<_, i32>(0), 1);
    drop(rows);
}

/// Of some sizes all rows have come, the server is done, and the last of them lie where the driver cannot put them
/// further: it would get to nothing else.
#[tokio::test]
async fn however_many_rows_are_not_taken_the_next_lease_is_answered() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let mut kept = Vec::new();
    for kilobytes in (1_i32..60).step_by(3) {
        let conn = pool.acquire().await.expect("a connection");
        let query = "select repeat('x', 1000) from generate_series(1, $1)";
        kept.push(conn.query_raw(query, [kilobytes]).await.expect("rows"));
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(conn);
        let next = pool.acquire().await.expect("a connection");
        let asked = tokio::time::timeout(AMPLE, next.query_one("select 1", &[])).await;
        asked.unwrap_or_else(|_| panic!("{kilobytes} kB are in the way")).expect("an answer");
    }
    assert!(dials(&pool) > 1, "all was taken, nothing was tried");
}

#[tokio::test]
async fn an_error_of_a_query_costs_nothing() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    let error = conn.query("select 1 / 0", &[]).await.expect_err("a mistake");
    assert_eq!(error.code(), Some(&SqlState::DIVISION_BY_ZERO));
    drop(conn);
    assert_eq!(pool.acquire().await.expect("the same connection").backend_pid(), backend);
}
