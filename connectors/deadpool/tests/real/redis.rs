//! `deadpool-redis`.

use std::time::Duration;

use clearpool_servers::{FaultProxy, Redis};
use deadpool_redis::Manager;
use deadpool_redis::redis::{AsyncCommands, ErrorKind, RedisError, cmd};
use pool_connector_deadpool::DeadpoolConnector;
use pool_core::{ErrorClass, PoolOptions, Protocol};
use pool_tokio::Pool;
use tokio::time::Instant;

use crate::{AMPLE, options};

type RedisPool = Pool<DeadpoolConnector<Manager>>;

fn manager(address: impl ToString) -> Manager {
    Manager::new(format!("redis://{}", address.to_string())).expect("a good URL")
}

fn pool(address: impl ToString, options: PoolOptions) -> RedisPool {
    let redis = Protocol::named("redis").database("redis");
    let connector = DeadpoolConnector::named("cache", manager(address)).speaking(redis);
    connector.pool().options(options).build().expect("sound")
}

async fn ping(pool: &RedisPool) -> Result<String, RedisError> {
    let mut lease = pool.acquire().await.expect("served");
    cmd("PING").query_async(&mut **lease).await
}

/// Asks until it works again.
async fn until_served(pool: &RedisPool) {
    let asked = Instant::now();
    while pool.acquire().await.is_err() {
        assert!(asked.elapsed() < AMPLE, "it works again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn commands_go_through_a_lease_and_it_is_recycled_in_between() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.start();
    let pool = pool(server.address(), options(1));
    {
        let mut lease = pool.acquire().await.expect("served");
        let _: () = lease.set("word", "hello").await.expect("stored");
        let _: () = cmd("WATCH").arg("word").query_async(&mut **lease).await.expect("watched");
    }
    let mut lease = pool.acquire().await.expect("served");
    assert_eq!((lease.uses(), lease.metrics().recycle_count), (2, 1));
    let word: String = lease.get("word").await.expect("there");
    assert_eq!(word, "hello");
    drop(lease);
    let stats = server.ask(&["INFO", "commandstats"]).to_string();
    assert!(stats.contains("cmdstat_unwatch"), "what its manager does to recycle: {stats}");
    assert!(pool.drain(AMPLE).await.drained);
}

#[tokio::test]
async fn idle_connections_that_a_restart_killed_are_not_lent_where_they_are_checked() {
    let Some(redis) = Redis::find() else { return };
    let mut server = redis.start();
    let mut options = options(2);
    options.upkeep.check_after_idle = Duration::ZERO.into();
    let pool = pool(server.address(), options);
    pool.warm(2).await.expect("it works");
    server.restart();
    assert_eq!(ping(&pool).await.expect("a fresh one"), "PONG");
}

#[tokio::test]
async fn what_a_killed_server_leaves_cannot_be_recycled_and_the_pool_gets_over_it() {
    let Some(redis) = Redis::find() else { return };
    let mut server = redis.start();
    let pool = pool(server.address(), options(2));
    let held = pool.acquire().await.expect("served");
    let id = held.id();
    server.process().kill();
    drop(held);
    pool.acquire().await.expect_err("nobody is there");
    server.restart();
    until_served(&pool).await;
    let lease = pool.acquire().await.expect("served");
    assert_ne!(lease.id(), id);
    drop(lease);
    assert_eq!(ping(&pool).await.expect("a fresh one"), "PONG");
}

#[tokio::test]
async fn t09_a_server_that_accepts_and_never_answers_costs_the_deadline_of_the_recycling() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.start();
    let proxy = FaultProxy::to(server.address());
    let mut options = options(1);
    options.upkeep.reset_timeout = Duration::from_millis(100).into();
    options.dial.timeout = Duration::from_millis(200).into();
    options.wait.timeout = Duration::from_millis(500).into();
    let pool = pool(proxy.address(), options);
    let held = pool.acquire().await.expect("it works");
    proxy.hold(true);
    drop(held);
    let asked = Instant::now();
    pool.acquire().await.expect_err("neither the recycling nor a dial answers");
    assert!(asked.elapsed() < AMPLE / 2, "{:?}", asked.elapsed());
    proxy.hold(false);
    until_served(&pool).await;
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_where_it_is_classified() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("requirepass right").start();
    let manager = Manager::new(format!("redis://:wrong@{}", server.address())).expect("a good URL");
    let class = |error: &RedisError| match error.kind() {
        ErrorKind::AuthenticationFailed => ErrorClass::Permanent,
        _ => ErrorClass::Transient,
    };
    let pool = DeadpoolConnector::new(manager).classify(class).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(!format!("{error:?} {error}").contains("wrong"), "the password is told: {error:?} {error}");
}

#[tokio::test]
async fn a_manager_is_made_for_each_endpoint_of_the_pool() {
    let Some(redis) = Redis::find() else { return };
    let (one, other) = (redis.start(), redis.start());
    let connector = DeadpoolConnector::per_endpoint(|endpoint| Manager::new(endpoint.address.as_str()));
    let endpoints = [&one, &other].map(|server| format!("redis://{}", server.address()));
    let endpoints = endpoints.iter().map(String::as_str);
    let pool = Pool::builder(connector).endpoints(endpoints).options(options(4)).build().expect("sound");
    pool.warm(4).await.expect("both work");
    assert_eq!((one.clients().len(), other.clients().len()), (2, 2));
    assert_eq!(pool.connector().managers().len(), 2);
    for _ in 0..4 {
        let mut lease = pool.acquire().await.expect("served");
        let answer: String = cmd("PING").query_async(&mut **lease).await.expect("answered");
        assert_eq!(answer, "PONG");
    }
}
