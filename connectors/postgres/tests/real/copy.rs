//! COPY, which is a conversation of its own.

use std::pin::pin;

use pool_core::CloseReason;

use crate::{closed, connector, dials, pool_to, server};

#[tokio::test]
async fn a_copy_in_that_is_finished_leaves_nothing() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    conn.batch_execute("create temporary table copied (id int)").await.expect("a table");
    for _ in 0..3 {
        let sink = conn.copy_in::<_, &'static [u8]>("copy copied from stdin").await.expect("it begins");
        assert_eq!(pin!(sink).finish().await.expect("it ends"), 0);
    }
    drop(conn);
    let next = pool.acquire().await.expect("the same connection");
    assert_eq!(next.query_one("select count(*) from copied", &[]).await.expect("it is there").get::<_, i64>(0), 0);
    assert_eq!(dials(&pool), 1);
}

#[tokio::test]
async fn a_copy_in_that_is_given_up_costs_its_connection() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    conn.batch_execute("create temporary table copied (id int)").await.expect("a table");
    let sink = conn.copy_in::<_, &'static [u8]>("copy copied from stdin").await.expect("it begins");
    drop(conn);
    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    drop(sink);
    assert_eq!(closed(&pool, CloseReason::RESET_FAILED), 1);

    next.batch_execute("create temporary table copied (id int)").await.expect("a table");
    let sink = next.copy_in::<_, &'static [u8]>("copy copied from stdin").await.expect("it begins");
    drop(sink);
    drop(next);
    pool.acquire().await.expect("a third connection");
    assert_eq!((closed(&pool, CloseReason::RESET_FAILED), dials(&pool)), (2, 3));
}

#[tokio::test]
async fn a_copy_out_that_is_given_up_costs_its_connection() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    let rows = conn.copy_out("copy (select generate_series(1, 100000000)) to stdout").await.expect("it begins");
    drop(rows);
    drop(conn);
    let next = pool.acquire().await.expect("another connection");
    assert_ne!(next.backend_pid(), backend);
    assert_eq!(closed(&pool, CloseReason::RESET_FAILED), 1);
}

/// For such a one the server is ready twice, and `tokio_postgres` counts once: what comes next on this connection gets
/// the wrong answer.
#[tokio::test]
async fn a_copy_in_that_is_refused_costs_its_connection() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    for patient in [false, true] {
        let conn = pool.acquire().await.expect("a connection");
        let backend = conn.backend_pid();
        let refused = conn.copy_in::<_, &'static [u8]>("copy nowhere.nothing from stdin").await.err();
        assert!(refused.expect("there is no such table").as_db_error().is_some());
        if patient {
            conn.batch_execute("select 1").await.expect_err("the answer is another's");
        }
        drop(conn);
        let next = pool.acquire().await.expect("another connection");
        assert_ne!(next.backend_pid(), backend);
        next.batch_execute("select 1").await.expect("all is well");
    }
}
