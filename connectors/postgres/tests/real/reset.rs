//! What is undone between leases.

use pool_connector_postgres::tokio_postgres::error::SqlState;
use pool_connector_postgres::{PostgresConnection, Reset};
use pool_core::CloseReason;

use crate::{closed, connector, dials, pool_to, server};

/// Leaves traces of all kinds.
async fn leave_traces(conn: &PostgresConnection) {
    conn.batch_execute(
        "set statement_timeout = '7s'; create temporary table trace (id int); listen trace;
         select pg_advisory_lock(4711); prepare \"a \"\"trace\" as select 1; declare trace cursor with hold for select 1",
    )
    .await
    .expect("good words");
}

/// How many of them are there.
async fn traces(conn: &PostgresConnection) -> Vec<String> {
    let query = "select 'setting' where current_setting('statement_timeout') = '7s'
        union all select 'table' from pg_class where relname = 'trace' and pg_table_is_visible(oid)
        union all select 'channel' from pg_listening_channels()
        union all select 'lock' from pg_locks where locktype = 'advisory' and objid = 4711 and pid = pg_backend_pid()
        union all select 'statement' from pg_prepared_statements where from_sql
        union all select 'cursor' from pg_cursors where name = 'trace'";
    conn.query(query, &[]).await.expect("a good query").iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn discard_all_leaves_no_trace() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.reset = Reset::DiscardAll));
    for _ in 0..2 {
        let conn = pool.acquire().await.expect("a connection");
        assert_eq!(traces(&conn).await, [""; 0]);
        leave_traces(&conn).await;
        conn.prepare_cached("select 2").await.expect("a statement");
        assert_eq!((traces(&conn).await.len(), conn.cached_statements()), (6, 1));
        drop(conn);
        let next = pool.acquire().await.expect("the same connection");
        assert_eq!((traces(&next).await, next.cached_statements()), (vec![], 0));
        // A transaction is ended first.
        next.batch_execute("begin").await.expect("it begins");
        leave_traces(&next).await;
    }
    assert_eq!(dials(&pool), 1);
}

#[tokio::test]
async fn discard_all_does_nothing_after_a_lease_that_did_nothing() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.reset = Reset::DiscardAll));
    drop(pool.acquire().await.expect("a connection"));
    drop(pool.try_acquire().expect("there was nothing to undo"));
}

/// By statements of its own, `tokio_postgres` looks up types that it does not know.
#[tokio::test]
async fn types_are_known_after_discard_all() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.reset = Reset::DiscardAll));
    for name in ["first_mood", "second_mood"] {
        let conn = pool.acquire().await.expect("a connection");
        let words = format!("drop type if exists {name}; create type {name} as enum ('good', 'bad')");
        conn.batch_execute(&words).await.expect("a type");
        let row = conn.query_one(&format!("select 'good'::{name}"), &[]).await.expect("a known type");
        assert_eq!(row.columns()[0].type_().name(), name);
    }
    assert_eq!(dials(&pool), 1);
}

#[tokio::test]
async fn a_rollback_keeps_the_rest() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    leave_traces(&conn).await;
    drop(conn);
    let next = pool.try_acquire().expect("no transaction was open");
    assert_eq!(traces(&next).await, ["setting", "table", "channel", "lock", "statement", "cursor"]);
}

#[tokio::test]
async fn settings_are_those_of_the_options_again() {
    let Some(server) = server() else { return };
    let pool = pool_to(
        server.address(),
        connector(|options| {
            options.reset = Reset::DiscardAll;
            options.application_name = Some("a till".into());
            options.options = Some("-c geqo=off".into());
            options.settings = [("statement_timeout", "4321ms"), ("search_path", "\"a b\", public")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        }),
    );
    for _ in 0..2 {
        let conn = pool.acquire().await.expect("a connection");
        for (name, value) in [
            ("statement_timeout", "4321ms"),
            ("search_path", "\"a b\", public"),
            ("geqo", "off"),
            ("application_name", "a till"),
        ] {
            let row = conn.query_one("select current_setting($1)", &[&name]).await.expect("a setting");
            assert_eq!(row.get::<_, String>(0), value, "{name}");
            conn.batch_execute(&format!("set {name} to default; set {name} to '0'")).await.ok();
        }
    }
}

/// A statement by which `tokio_postgres` looks up types may be among them.
#[tokio::test]
async fn a_connection_whose_statements_somebody_threw_away_is_closed() {
    let Some(server) = server() else { return };
    for words in ["discard all", "deallocate all"] {
        let pool = pool_to(server.address(), connector(|_| {}));
        let conn = pool.acquire().await.expect("a connection");
        let kept = conn.prepare_cached("select 1").await.expect("a statement");
        conn.batch_execute(words).await.expect("good words");
        let error = conn.query(&kept, &[]).await.expect_err("it is no more");
        assert_eq!(error.code(), Some(&SqlState::INVALID_SQL_STATEMENT_NAME));
        let anew = conn.prepare_cached("select 1").await.expect("a statement");
        conn.query(&anew, &[]).await.expect("it is there");
        drop(conn);
        pool.acquire().await.expect("another connection");
        assert_eq!((closed(&pool, CloseReason::RESET_FAILED), dials(&pool)), (1, 2), "{words}");
    }
}

/// No tag tells of it; the error by which somebody finds out does.
#[tokio::test]
async fn a_connection_whose_statements_a_function_threw_away_is_closed_when_that_is_found_out() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let function = "create function f() returns void language plpgsql as $$ begin execute 'deallocate all'; end $$";
    conn.batch_execute(function).await.expect("a function");
    conn.prepare_cached("select 7").await.expect("a statement");
    conn.batch_execute("select f()").await.expect("it is there");
    let kept = conn.prepare_cached("select 7").await.expect("it is kept here");
    let error = conn.query(&kept, &[]).await.expect_err("it is no more");
    assert_eq!(error.code(), Some(&SqlState::INVALID_SQL_STATEMENT_NAME));
    drop(conn);
    let conn = pool.acquire().await.expect("another connection");
    let anew = conn.prepare_cached("select 7").await.expect("a statement");
    conn.query(&anew, &[]).await.expect("it is there");
    assert_eq!((closed(&pool, CloseReason::RESET_FAILED), dials(&pool)), (1, 2));
}
