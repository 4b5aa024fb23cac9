//! A pooled Redis client: many callers, a few connections, and nothing left behind by anybody.
//!
//! Speaks to the server of `REDIS_URL`, else to one that it starts itself if there is a `redis-server` on this machine.
//!
//!     cargo run --example redis_client

use std::env;
use std::error::Error;

use clearpool::connector::redis::redis::{self, AsyncCommands};
use clearpool::connector::redis::{RedisConnector, RedisOptions, fault};
use clearpool::core::PoolOptions;
use clearpool::{Pool, Retry};
use clearpool_servers::Redis;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = None;
    let url = match env::var("REDIS_URL") {
        Ok(url) => url,
        Err(_) => match Redis::find() {
            Some(redis) => format!("redis://{}", server.insert(redis.start()).address()),
            None => {
                println!("There is no Redis: set REDIS_URL, or run scripts/install-servers redis");
                return Ok(());
            }
        },
    };

    let mut options = PoolOptions::default();
    options.limits.max_open = 4;
    let connector = RedisConnector::new(RedisOptions::default())?;
    let pool = Pool::builder(connector).name("cache").endpoints([url.as_str()]).options(options).build()?;

    // A hundred callers on four connections. The next one finds nothing of what the last has left open.
    let () = pool.acquire().await?.del("visits").await?;
    let callers = (0..100).map(|number| tokio::spawn(visit(pool.clone(), number)));
    for caller in callers.collect::<Vec<_>>() {
        caller.await?.map_err(|error| error.to_string())?;
    }

    // Reading again does no harm: if the connection has just been closed, it is done on another.
    let visits: u32 = pool
        .retrying(Retry::net_http(), fault)
        .idempotent()
        .execute(|mut conn| async move { conn.get("visits").await })
        .await?;
    let counters = pool.snapshot().counters();
    println!("{visits} visits in {} leases on {} connections", counters.acquired, counters.dials);
    Ok(())
}

async fn visit(pool: Pool<RedisConnector>, number: u32) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut conn = pool.acquire().await?;
    let _: u32 = conn.incr("visits", 1).await?;
    if number.is_multiple_of(10) {
        // Left open: undone before anybody else has the connection.
        let () = redis::cmd("MULTI").query_async(&mut *conn).await?;
    }
    Ok(())
}
