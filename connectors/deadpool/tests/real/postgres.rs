//! `deadpool-postgres`.

use std::time::Duration;

use clearpool_servers::{FaultProxy, Postgres};
use deadpool_postgres::tokio_postgres::error::SqlState;
use deadpool_postgres::tokio_postgres::{Config, Error, NoTls};
use deadpool_postgres::{Manager, ManagerConfig, RecyclingMethod};
use pool_connector_deadpool::DeadpoolConnector;
use pool_core::{ErrorClass, PoolOptions, State};
use pool_tokio::Pool;
use tokio::time::Instant;

use crate::{AMPLE, options};

type PostgresPool = Pool<DeadpoolConnector<Manager>>;

fn config(url: &str) -> Config {
    url.parse().expect("a good URL")
}

/// As deadpool-postgres has it, but that each connection is cleaned for the next.
fn cleaning(url: &str, options: PoolOptions) -> PostgresPool {
    let clean = ManagerConfig { recycling_method: RecyclingMethod::Clean };
    let manager = Manager::from_config(config(url), NoTls, clean);
    DeadpoolConnector::named("orders-db", manager).pool().options(options).build().expect("sound")
}

/// Its default only looks whether the connection is closed.
fn fast(url: &str, options: PoolOptions) -> PostgresPool {
    let connector = DeadpoolConnector::new(Manager::new(config(url), NoTls));
    connector.looks_open(|client| !client.is_closed()).pool().options(options).build().expect("sound")
}

#[tokio::test]
async fn what_one_holder_sets_the_next_does_not_find() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let pool = cleaning(&server.url(), options(1));
    let lease = pool.acquire().await.expect("served");
    let backend: i32 = lease.query_one("SELECT pg_backend_pid()", &[]).await.expect("answered").get(0);
    lease.batch_execute("SET search_path TO elsewhere").await.expect("set");
    drop(lease);
    let lease = pool.acquire().await.expect("recycled");
    let row = lease.query_one("SELECT pg_backend_pid(), current_setting('search_path')", &[]).await.expect("answered");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (backend, "\"$user\", public"));
}

#[tokio::test]
async fn its_statement_caches_know_the_connections_that_are_there_and_no_others() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let pool = fast(&server.url(), options(2));
    let lease = pool.acquire().await.expect("served");
    lease.prepare_cached("SELECT 1").await.expect("prepared");
    assert_eq!(lease.statement_cache.size(), 1);
    pool.connector().managers()[0].statement_caches.clear();
    assert_eq!(lease.statement_cache.size(), 0, "the manager knows of it");

    lease.prepare_cached("SELECT 2").await.expect("prepared");
    let taken = lease.detach().take();
    pool.connector().managers()[0].statement_caches.clear();
    assert_eq!(taken.statement_cache.size(), 1, "and of one that was taken out no more");
}

#[tokio::test]
async fn what_only_looks_costs_a_return_nothing() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let pool = fast(&server.url(), options(1));
    drop(pool.acquire().await.expect("served"));
    assert_eq!(pool.snapshot().count(State::Idle), 1, "at once");
    assert_eq!(pool.acquire().await.expect("idle").metrics().recycle_count, 1);
}

#[tokio::test]
async fn idle_connections_that_a_restart_killed_are_not_lent() {
    let Some(postgres) = Postgres::find() else { return };
    let mut server = postgres.start();
    let pool = fast(&server.url(), options(2));
    pool.warm(2).await.expect("it works");
    server.restart();
    let asked = Instant::now();
    // Until the client knows.
    while pool.retain(|client, _| !client.is_closed()) == 0 {
        assert!(asked.elapsed() < AMPLE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let lease = pool.acquire().await.expect("a fresh one");
    lease.query_one("SELECT 1", &[]).await.expect("answered");
}

#[tokio::test]
async fn t15_a_connection_that_broke_under_its_holder_is_not_lent_again() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let proxy = FaultProxy::to(server.address());
    let url = server.url().replace(&server.address().to_string(), &proxy.address().to_string());
    for pool in [cleaning(&url, options(1)), fast(&url, options(1))] {
        let lease = pool.acquire().await.expect("served");
        let broken = lease.id();
        let (answer, ()) = tokio::join!(lease.query_one("SELECT pg_sleep(60)", &[]), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            proxy.cut();
        });
        answer.expect_err("cut in the middle");
        drop(lease);
        let lease = pool.acquire().await.expect("a fresh one");
        assert_ne!(lease.id(), broken);
        lease.query_one("SELECT 1", &[]).await.expect("answered");
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_where_it_is_classified() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let mut config = config(&server.url());
    config.password("wr0ng");
    let class = |error: &Error| match error.code() {
        Some(&SqlState::INVALID_PASSWORD) => ErrorClass::Permanent,
        _ => ErrorClass::Transient,
    };
    let connector = DeadpoolConnector::new(Manager::new(config, NoTls)).classify(class);
    let pool = connector.pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(!format!("{error:?} {error}").contains("wr0ng"), "the password is told: {error:?} {error}");
}
