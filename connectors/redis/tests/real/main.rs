//! The connector in pools, against a real Redis.

mod commands;
mod credentials;
mod cut;
mod faults;
mod left;
mod options;
mod pushes;
mod repeats;
mod shared;
mod storm;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use clearpool_servers::{LONG, Redis, RedisServer};
use pool_connector_redis::redis::{self, FromRedisValue};
use pool_connector_redis::{RedisConnection, RedisConnector, RedisError, RedisOptions};
use pool_core::{ConnectCx, Connector, Endpoint, Handle, PoolOptions, State};
use pool_tokio::{Lease, Pool};

/// A server as it comes, if there is one on this machine.
fn start() -> Option<RedisServer> {
    Some(Redis::find()?.start())
}

fn connector(change: impl FnOnce(&mut RedisOptions)) -> RedisConnector {
    let mut options = RedisOptions::default();
    change(&mut options);
    RedisConnector::new(options).expect("good options")
}

/// Dials as a pool would.
async fn dial(connector: &RedisConnector, address: impl ToString) -> Result<RedisConnection, RedisError> {
    dial_within(connector, address, LONG).await
}

async fn dial_within(
    connector: &RedisConnector,
    address: impl ToString,
    timeout: Duration,
) -> Result<RedisConnection, RedisError> {
    let (endpoint, handle) = (Endpoint::new(address.to_string()), Handle::detached());
    connector.connect(&ConnectCx::new(&endpoint, "test", timeout, &handle)).await
}

/// The options of a pool of one connection, so that the next lease has the one that the last has left.
fn one() -> PoolOptions {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.wait.timeout = LONG.into();
    options.dial.timeout = LONG.into();
    options.upkeep.reset_timeout = LONG.into();
    options
}

/// A pool of one connection.
fn pool(address: impl ToString, change: impl FnOnce(&mut RedisOptions)) -> Pool<RedisConnector> {
    pool_of(one(), address, change)
}

fn pool_of(
    options: PoolOptions,
    address: impl ToString,
    change: impl FnOnce(&mut RedisOptions),
) -> Pool<RedisConnector> {
    let endpoints = [Endpoint::new(address.to_string())];
    Pool::builder(connector(change)).endpoints(endpoints).options(options).build().expect("sound")
}

async fn acquire(pool: &Pool<RedisConnector>) -> Lease<RedisConnector> {
    pool.acquire().await.expect("a connection")
}

/// A command as one writes it down.
async fn ask<T: FromRedisValue>(conn: &mut RedisConnection, text: &str) -> redis::RedisResult<T> {
    let mut words = text.split(' ');
    let mut command = redis::cmd(words.next().expect("a name"));
    for word in words {
        command.arg(word);
    }
    command.query_async(conn).await
}

/// By what the server tells connections apart.
async fn id(conn: &mut RedisConnection) -> u64 {
    ask(conn, "CLIENT ID").await.expect("a number")
}

/// Waits for something that happens elsewhere.
async fn until(what: &str, mut look: impl FnMut() -> bool) {
    for _ in 0..LONG.as_millis() / 10 {
        if look() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain for {what}");
}

fn count(pool: &Pool<RedisConnector>, state: State) -> u32 {
    pool.snapshot().count(state)
}
