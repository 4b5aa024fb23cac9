//! `bb8-redis`.

use std::time::Duration;

use bb8_redis::RedisConnectionManager;
use bb8_redis::redis::{AsyncCommands, ErrorKind, RedisError, cmd};
use clearpool_servers::{FaultProxy, Redis};
use pool_connector_bb8::{Bb8Connector, Several};
use pool_core::{ErrorClass, Outcome, PoolOptions, Protocol};
use pool_tokio::Pool;
use tokio::time::Instant;

use crate::{AMPLE, checked, unchecked};

type RedisPool = Pool<Bb8Connector<RedisConnectionManager>>;

fn pool(address: impl ToString, options: PoolOptions) -> RedisPool {
    let manager = RedisConnectionManager::new(format!("redis://{}", address.to_string())).expect("a good URL");
    let redis = Protocol::named("redis").database("redis");
    Bb8Connector::named("cache", manager).speaking(redis).pool().options(options).build().expect("sound")
}

async fn ping(pool: &RedisPool) -> Result<String, RedisError> {
    let mut lease = pool.acquire().await.expect("served");
    cmd("PING").query_async(&mut *lease).await
}

#[tokio::test]
async fn commands_go_through_a_lease_as_through_bb8_s() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.start();
    let pool = pool(server.address(), unchecked());
    {
        let mut lease = pool.acquire().await.expect("served");
        let _: () = lease.set("word", "hello").await.expect("stored");
        assert_eq!(lease.endpoint().name(), "cache");
    }
    let mut lease = pool.acquire().await.expect("served");
    assert_eq!(lease.uses(), 2);
    let word: String = lease.get("word").await.expect("there");
    assert_eq!(word, "hello");
    drop(lease);
    assert_eq!(server.clients().len(), 1);
    assert!(pool.drain(AMPLE).await.drained);
}

#[tokio::test]
async fn idle_connections_that_a_restart_killed_are_not_lent() {
    let Some(redis) = Redis::find() else { return };
    let mut server = redis.start();
    let pool = pool(server.address(), checked());
    pool.warm(2).await.expect("it works");
    server.restart();
    assert_eq!(ping(&pool).await.expect("a fresh one"), "PONG");
}

#[tokio::test]
async fn a_server_that_is_killed_fails_its_leases_and_the_pool_gets_over_it() {
    let Some(redis) = Redis::find() else { return };
    let mut server = redis.start();
    let pool = pool(server.address(), checked());
    let mut held = pool.acquire().await.expect("served");
    server.process().kill();
    let answer: Result<String, RedisError> = cmd("PING").query_async(&mut *held).await;
    answer.expect_err("nobody is there");
    held.outcome(Outcome::Broken);
    drop(held);
    pool.acquire().await.expect_err("nobody is there");
    server.restart();
    let up = Instant::now();
    while pool.acquire().await.is_err() {
        assert!(up.elapsed() < AMPLE, "it is there again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(ping(&pool).await.expect("a fresh one"), "PONG");
}

#[tokio::test]
async fn t09_a_server_that_accepts_and_never_answers_costs_the_check_s_deadline() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.start();
    let proxy = FaultProxy::to(server.address());
    let mut options = checked();
    options.upkeep.check_timeout = Duration::from_millis(100).into();
    options.dial.timeout = Duration::from_millis(200).into();
    options.wait.timeout = Duration::from_millis(500).into();
    let pool = pool(proxy.address(), options);
    assert_eq!(ping(&pool).await.expect("it works"), "PONG");
    proxy.hold(true);
    let asked = Instant::now();
    pool.acquire().await.expect_err("neither the idle one nor a dial answers");
    assert!(asked.elapsed() < AMPLE / 2, "{:?}", asked.elapsed());
    proxy.hold(false);
    let well = Instant::now();
    while pool.acquire().await.is_err() {
        assert!(well.elapsed() < AMPLE, "its places are free again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again_where_it_is_classified() {
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("requirepass right").start();
    let manager = RedisConnectionManager::new(format!("redis://:wrong@{}", server.address())).expect("a good URL");
    let class = |error: &RedisError| match error.kind() {
        ErrorKind::AuthenticationFailed => ErrorClass::Permanent,
        _ => ErrorClass::Transient,
    };
    let pool = Bb8Connector::new(manager).classify(class).pool().build().expect("sound");
    let error = pool.acquire().await.expect_err("refused");
    assert!(!error.is_transient(), "{error}");
    assert!(!format!("{error:?} {error}").contains("wrong"), "the password is told: {error:?} {error}");
}

#[tokio::test]
async fn managers_of_two_servers_share_the_load_and_stand_in_for_each_other() {
    let Some(redis) = Redis::find() else { return };
    let (one, other) = (redis.start(), redis.start());
    let manager = |address| RedisConnectionManager::new(format!("redis://{address}")).expect("a good URL");
    let connector = Bb8Connector::over([("one", manager(one.address())), ("other", manager(other.address()))]);
    let mut options = checked();
    options.limits.max_open = 4;
    let pool: Pool<Bb8Connector<Several<RedisConnectionManager>>> =
        connector.pool().options(options).build().expect("sound");
    pool.warm(4).await.expect("both work");
    assert_eq!((one.clients().len(), other.clients().len()), (2, 2));
    one.process().kill();
    let served = Instant::now();
    for _ in 0..10 {
        let mut lease = pool.acquire().await.expect("the other one works");
        let answer: Result<String, RedisError> = cmd("PING").query_async(&mut **lease).await;
        assert_eq!(answer.expect("checked before it was lent"), "PONG");
        assert_eq!(lease.endpoint().name(), "other");
    }
    assert!(served.elapsed() < AMPLE);
}
