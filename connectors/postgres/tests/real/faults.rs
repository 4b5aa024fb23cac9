//! Servers and networks that fail.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clearpool_servers::{FaultProxy, Postgres};
use pool_connector_postgres::{PostgresConnector, fault};
use pool_core::{CloseReason, Connector, ErrorClass, HumanDuration, State};
use pool_tokio::{Lease, Pool, Retry};
use tokio::runtime::Runtime;

use crate::{activity, beside, closed, connector, dial, dials, give_up_when_active, pool_to, pool_with, server, until};

async fn works(pool: &Pool<PostgresConnector>) {
    let conn = pool.acquire().await.unwrap_or_else(|error| panic!("{error}"));
    let row = conn.query_one("select 42", &[]).await.expect("an answer");
    assert_eq!(row.get::<_, i32>(0), 42);
}

async fn lease(pool: &Pool<PostgresConnector>, many: usize) -> Vec<Lease<PostgresConnector>> {
    let mut conns = Vec::new();
    for _ in 0..many {
        conns.push(pool.acquire().await.unwrap_or_else(|error| panic!("{error}")));
    }
    conns
}

fn open(pool: &Pool<PostgresConnector>) -> u32 {
    pool.snapshot().states.iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_go_when_their_server_is_restarted() {
    let Some(found) = Postgres::find() else { return };
    let mut server = found.start();
    let pool = pool_with(server.address(), connector(|_| {}), |options| options.limits.max_open = 3);
    drop(lease(&pool, 3).await);
    let server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .expect("it starts again");
    until("the end of all", async || open(&pool) == 0).await;
    assert_eq!(closed(&pool, CloseReason::DEAD), 3);
    works(&pool).await;
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leases_fail_when_their_server_is_killed_and_the_pool_gets_on_when_it_is_back() {
    let Some(found) = Postgres::find() else { return };
    let server = found.start();
    let pool = pool_with(server.address(), connector(|_| {}), |options| options.limits.max_open = 3);
    let conns = lease(&pool, 3).await;
    let asks = conns[0].query("select pg_sleep(600)", &[]);
    let kills = tokio::task::spawn_blocking(move || {
        clearpool_servers::pause(Duration::from_millis(200));
        server.process().kill();
        server
    });
    let (answer, killed) = tokio::join!(asks, kills);
    let mut server = killed.expect("it was killed");
    let error = answer.expect_err("nobody is there");
    assert!(!fault(&error).eq(&pool_tokio::Fault::Final), "{error:?}");
    let error = conns[1].query("select 1", &[]).await.expect_err("nobody is there");
    assert!(error.is_closed(), "{error:?}");
    drop(conns);
    until("the end of all", async || open(&pool) == 0).await;
    assert!(pool.acquire().await.expect_err("nobody is there").is_transient());
    let _server = tokio::task::spawn_blocking(move || {
        server.restart();
        server
    })
    .await
    .expect("it starts again");
    until("a connection", async || pool.acquire().await.is_ok()).await;
    works(&pool).await;
}

#[tokio::test]
async fn a_connection_that_the_server_ends_while_it_is_idle_goes_at_once() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let backend = pool.acquire().await.expect("a connection").backend_pid();
    until("its return", async || pool.snapshot().states[State::Idle as usize] == 1).await;
    let beside = beside(&server).await;
    beside.execute("select pg_terminate_backend($1)", &[&backend]).await.expect("a superuser may");
    // Nobody asks for it.
    until("its end", async || open(&pool) == 0).await;
    assert_eq!(closed(&pool, CloseReason::DEAD), 1);
}

/// The runtime has no time to hear of it: the socket is asked itself.
#[tokio::test]
async fn a_connection_that_the_server_ends_while_the_runtime_is_busy_is_not_lent() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let backend = pool.acquire().await.expect("a connection").backend_pid();
    until("its return", async || pool.snapshot().states[State::Idle as usize] == 1).await;
    let killed = Command::new("kill").arg(backend.to_string()).status().expect("it is there");
    assert!(killed.success());
    clearpool_servers::eventually("its end", || (!Path::new(&format!("/proc/{backend}")).exists()).then_some(()));
    let conn = pool.acquire().await.expect("another connection");
    conn.simple_query("select 1").await.expect("it is there");
    assert_ne!(conn.backend_pid(), backend);
}

#[tokio::test]
async fn a_query_whose_connection_is_ended_runs_again_if_it_may() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let beside = beside(&server).await;
    let mut tried = 0;
    let answer = pool.retrying(Retry::database_sql(), fault).idempotent().execute(|conn| {
        tried += 1;
        let (first, beside) = (tried == 1, &beside);
        async move {
            let backend = conn.backend_pid();
            let ends = async {
                until("its begin", async || activity(beside, backend).await.as_deref() == Some("active")).await;
                beside.execute("select pg_terminate_backend($1)", &[&backend]).await.expect("a superuser may");
            };
            let query = if first { "select 1 from pg_sleep(600)" } else { "select 2" };
            let asks = conn.query_one(query, &[]);
            if first { tokio::join!(asks, ends).0 } else { asks.await }
        }
    });
    assert_eq!((answer.await.expect("an answer").get::<_, i32>(0), tried), (2, 2));
}

#[tokio::test]
async fn a_server_that_stands_still_holds_nobody_for_longer_than_his_time() {
    let Some(found) = Postgres::find() else { return };
    let server = found.start();
    let pool = pool_with(server.address(), connector(|_| {}), |options| {
        options.limits.max_open = 2;
        options.dial.timeout = HumanDuration::from_secs(3);
        options.wait.timeout = HumanDuration::from_secs(5);
        options.upkeep.check_after_idle = HumanDuration::ZERO;
        options.upkeep.check_timeout = HumanDuration::from_millis(200);
        options.upkeep.reset_timeout = HumanDuration::from_millis(200);
        options.upkeep.close_timeout = HumanDuration::from_millis(200);
    });
    let conns = lease(&pool, 2).await;
    conns[1].batch_execute("begin").await.expect("it begins");
    server.process().pause();
    assert!(tokio::time::timeout(Duration::from_millis(200), conns[0].query("select 1", &[])).await.is_err());
    // One has an answer to come, one a transaction to undo: both are closed, and their places free again.
    drop(conns);
    until("the end of all", async || open(&pool) == 0).await;
    let error = pool.acquire().await.expect_err("nobody answers");
    assert!(error.is_transient() && error.to_string().contains("3s"), "{error}");
    server.process().resume();
    until("a connection", async || pool.acquire().await.is_ok()).await;

    // A check ends as well.
    drop(lease(&pool, 1).await);
    server.process().pause();
    pool.acquire().await.expect_err("nobody answers");
    assert!(closed(&pool, CloseReason::CHECK_FAILED) > 0, "{:?}", pool.snapshot().closes);
    server.process().resume();
    until("a connection", async || pool.acquire().await.is_ok()).await;
    works(&pool).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_answer_is_gone() {
    let Some(server) = server() else { return };
    let proxy = FaultProxy::to(server.address());
    let pool = pool_to(proxy.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection");
    proxy.cut_after(Some(100_000));
    let error = conn.query("select repeat('x', 1000) from generate_series(1, 1000)", &[]).await;
    assert_eq!(fault(&error.expect_err("it was cut")), pool_tokio::Fault::UNANSWERED);
    drop(conn);
    proxy.cut_after(None);
    works(&pool).await;
    assert_eq!((closed(&pool, CloseReason::DEAD), dials(&pool)), (1, 2));

    // In mid login: what the server says first is shorter than this.
    proxy.cut_after(Some(40));
    proxy.cut();
    let error = dial(pool.connector(), proxy.address()).await.expect_err("it was cut");
    assert!(error.to_string().contains("no login of `postgres` into `postgres` at"), "{error}");
    assert_eq!(pool.connector().classify(&error), ErrorClass::Transient);
    proxy.cut_after(None);
    until("a connection", async || pool.acquire().await.is_ok()).await;
}

#[tokio::test]
async fn a_slow_network_only_takes_its_time() {
    let Some(server) = server() else { return };
    let proxy = FaultProxy::to(server.address());
    let pool = pool_to(proxy.address(), connector(|_| {}));
    proxy.delay(Duration::from_millis(30));
    for _ in 0..2 {
        works(&pool).await;
        let conn = pool.acquire().await.expect("a connection");
        conn.query("select 1 / 0", &[]).await.expect_err("a mistake");
        drop(conn);
        let mut conn = pool.acquire().await.expect("a connection");
        drop(conn.transaction().await.expect("it begins"));
    }
    works(&pool).await;
    assert_eq!(dials(&pool), 1, "nothing was broken");
}

#[tokio::test]
async fn a_lease_whose_thread_panics_costs_its_connection() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let beside = beside(&server).await;
    let conn = pool.acquire().await.expect("a connection");
    let backend = conn.backend_pid();
    give_up_when_active(&beside, backend, conn.batch_execute("select pg_sleep(600)")).await;
    let panics = tokio::spawn(async move {
        let _conn = conn;
        panic!("as it should");
    });
    panics.await.expect_err("it panics");
    assert_ne!(pool.acquire().await.expect("another connection").backend_pid(), backend);
    until("the end of the query", async || activity(&beside, backend).await.is_none()).await;
}

#[tokio::test]
async fn a_connection_that_is_taken_out_lives_as_long_as_it_is_held() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let mut conn = pool.acquire().await.expect("a connection").detach();
    works(&pool).await;
    pool.close();
    let transaction = conn.transaction().await.expect("it begins");
    transaction.query("select 1", &[]).await.expect("an answer");
    transaction.commit().await.expect("committed");
    let (backend, beside) = (conn.backend_pid(), beside(&server).await);
    drop(conn);
    until("its end", async || activity(&beside, backend).await.is_none()).await;
}

#[tokio::test]
async fn whoever_listens_hears_until_the_connection_ends() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let conn = pool.acquire().await.expect("a connection").detach();
    let mut heard = conn.notifications();
    conn.batch_execute("listen news").await.expect("it listens");
    let beside = beside(&server).await;
    for word in ["first", "second"] {
        beside.execute("select pg_notify('news', $1)", &[&word]).await.expect("told");
        assert_eq!(heard.recv().await.expect("there are news").payload(), word);
    }
    drop(conn);
    assert!(heard.recv().await.is_none());
}

#[test]
fn connections_of_a_runtime_that_is_gone_are_not_lent_in_another() {
    let Some(server) = server() else { return };
    let pool = pool_to(server.address(), connector(|_| {}));
    let runtime = || Runtime::new().expect("a runtime");
    for _ in 0..2 {
        let first = runtime();
        first.block_on(works(&pool));
        let kept = first.block_on(pool.acquire()).expect("a connection");
        drop(first);
        // Without a runtime.
        drop(kept);
    }
    runtime().block_on(works(&pool));
    assert_eq!(pool.snapshot().states[State::Idle as usize], 1);
}
