//! Redis.

use bb8_redis::RedisConnectionManager;
use clearpool_servers::Redis;
use pool_connector_redis::redis::aio::{ConnectionLike, MultiplexedConnection};
use pool_connector_redis::redis::{RedisResult, cmd};
use pool_connector_redis::{RedisConnection, RedisConnector, RedisOptions};

use crate::database::{self, Database};
use crate::measured::Measured;
use crate::pools::Ask;

struct OfRedis;

impl Database for OfRedis {
    const NAME: &'static str = "redis";
    const ASKING: &'static str = "GET 64 bytes from Redis";
    type Connector = RedisConnector;
    type Deadpool = deadpool_redis::Manager;
    type Bb8 = RedisConnectionManager;

    fn connector() -> RedisConnector {
        RedisConnector::new(RedisOptions::default()).expect("the defaults make sense")
    }

    fn deadpool(url: &str) -> deadpool_redis::Manager {
        deadpool_redis::Manager::new(url).expect("a good URL")
    }

    fn bb8(url: &str) -> RedisConnectionManager {
        RedisConnectionManager::new(url).expect("a good URL")
    }
}

pub(crate) fn measure(measured: &mut Measured) {
    if !measured.wants(&database::names::<OfRedis>()) {
        return;
    }
    // Nothing is written but the one value.
    let Some(redis) = Redis::find() else { return };
    let server = redis.config("appendonly no").start();
    server.ask(&["SET", "key", &"v".repeat(64)]);
    database::measure::<OfRedis>(measured, server.address(), |address| format!("redis://{address}"));
}

impl Ask for MultiplexedConnection {
    async fn ask(&mut self) {
        get(self).await;
    }
}

impl Ask for RedisConnection {
    async fn ask(&mut self) {
        get(self).await;
    }
}

/// redis-rs gives an answer half a second, which the managers of others leave at that. A machine that stands still for so
/// long is none of theirs: the call counts, with the time that it took.
async fn get(connection: &mut (impl ConnectionLike + Send)) {
    let answer: RedisResult<String> = cmd("GET").arg("key").query_async(connection).await;
    match answer {
        Ok(value) => assert_eq!(value.len(), 64),
        Err(error) if error.is_timeout() => eprintln!("Redis did not answer in time"),
        Err(error) => panic!("Redis answers: {error}"),
    }
}
