//! `bb8-postgres`.

use std::time::Duration;

use bb8_postgres::PostgresConnectionManager;
use bb8_postgres::tokio_postgres::error::SqlState;
use bb8_postgres::tokio_postgres::{Config, Error, NoTls};
use clearpool_servers::{FaultProxy, Postgres};
use pool_connector_bb8::Bb8Connector;
use pool_core::{ErrorClass, PoolOptions};
use pool_tokio::Pool;
use tokio::time::Instant;

use crate::{AMPLE, unchecked};

type PostgresPool = Pool<Bb8Connector<PostgresConnectionManager<NoTls>>>;

fn pool(url: &str, options: PoolOptions) -> PostgresPool {
    let manager = PostgresConnectionManager::new_from_stringlike(url, NoTls).expect("a good URL");
    Bb8Connector::named("orders-db", manager).pool().options(options).build().expect("sound")
}

async fn one(pool: &PostgresPool) -> Result<i32, Error> {
    let lease = pool.acquire().await.expect("served");
    Ok(lease.query_one("SELECT 1", &[]).await?.get(0))
}

/// Asks until the server has closed what it had, and the client knows.
async fn until_closed(pool: &PostgresPool) {
    let asked = Instant::now();
    while pool.retain(|client, _| {
        let open = !client.is_closed();
        assert!(asked.elapsed() < AMPLE);
        open
    }) == 0
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn queries_go_through_a_lease_and_a_transaction_too() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let pool = pool(&server.url(), unchecked());
    assert_eq!(one(&pool).await.expect("answered"), 1);
    let mut lease = pool.acquire().await.expect("idle");
    assert_eq!(lease.uses(), 2);
    let transaction = lease.transaction().await.expect("begun");
    transaction
        .batch_execute("CREATE TABLE words (word text); INSERT INTO words VALUES ('hello')")
        .await
        .expect("done");
    transaction.commit().await.expect("committed");
    drop(lease);
    assert!(pool.drain(AMPLE).await.drained);
}

#[tokio::test]
async fn idle_connections_that_a_restart_killed_are_not_lent_even_unchecked() {
    let Some(postgres) = Postgres::find() else { return };
    let mut server = postgres.start();
    let pool = pool(&server.url(), unchecked());
    pool.warm(2).await.expect("it works");
    server.restart();
    until_closed(&pool).await;
    assert_eq!(one(&pool).await.expect("has_broken was asked"), 1);
}

#[tokio::test]
async fn t15_a_connection_that_broke_under_its_holder_is_not_lent_again() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let proxy = FaultProxy::to(server.address());
    let url = server.url().replace(&server.address().to_string(), &proxy.address().to_string());
    let mut options = unchecked();
    options.limits.max_open = 1;
    let pool = pool(&url, options);
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

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_where_it_is_classified() {
    let Some(postgres) = Postgres::find() else { return };
    let server = postgres.start();
    let mut config: Config = server.url().parse().expect("a good URL");
    config.password("wr0ng");
    let manager = PostgresConnectionManager::new(config, NoTls);
    let class = |error: &Error| match error.code() {
        Some(&SqlState::INVALID_PASSWORD) => ErrorClass::Permanent,
        _ => ErrorClass::Transient,
    };
    let pool = Bb8Connector::new(manager).classify(class).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(!format!("{error:?} {error}").contains("wr0ng"), "the password is told: {error:?} {error}");
}
