//! Prepared statements that connections keep.

use pool_connector_postgres::PostgresConnection;

use crate::{connector, pool_to, server};

/// How many statements the server has for a connection; one is that which asks.
async fn at_server(conn: &PostgresConnection) -> i64 {
    let query = "select count(*) from pg_prepared_statements where statement not like '%pg_prepared%'";
    conn.query_one(query, &[]).await.expect("a good query").get(0)
}

#[tokio::test]
async fn a_statement_is_prepared_once_for_all_leases() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    for number in 0..5_i32 {
        let conn = pool.acquire().await.expect("a connection");
        let statement = conn.prepare_cached("select $1::int + 1").await.expect("a statement");
        let row = conn.query_one(&statement, &[&number]).await.expect("an answer");
        assert_eq!(row.get::<_, i32>(0), number + 1);
        assert_eq!((conn.cached_statements(), at_server(&conn).await), (1, 1));
    }
}

#[tokio::test]
async fn the_statement_that_was_not_used_for_longest_makes_room() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.statement_cache = 2));
    let conn = pool.acquire().await.expect("a connection");
    for query in ["select 1", "select 2", "select 1", "select 3"] {
        conn.prepare_cached(query).await.expect("a statement");
    }
    let query = "select statement from pg_prepared_statements where statement not like '%pg_prepared%' order by 1";
    let rows = conn.query(query, &[]).await.expect("a good query");
    assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<&str>>(), ["select 1", "select 3"]);
    conn.clear_statements();
    assert_eq!((conn.cached_statements(), at_server(&conn).await), (0, 0));
}

#[tokio::test]
async fn none_is_kept_where_there_is_no_room() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|options| options.statement_cache = 0));
    let conn = pool.acquire().await.expect("a connection");
    drop(conn.prepare_cached("select 1").await.expect("a statement"));
    assert_eq!((conn.cached_statements(), at_server(&conn).await), (0, 0));
}

#[tokio::test]
async fn a_statement_that_is_no_good_is_not_kept() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    conn.prepare_cached("select from nothing").await.expect_err("a mistake");
    assert_eq!(conn.cached_statements(), 0);
}
