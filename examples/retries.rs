//! A server restarts, and every connection in the pool is stale. No file, no network.
//!
//! `cargo run --example retries`

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clearpool::core::{ConnectCx, Connector};
use clearpool::{Fault, Pool, Retry};

/// How often the server was started.
#[derive(Clone, Default)]
struct Server(Arc<AtomicU32>);

/// A connection to the server as it was started then.
struct Conn {
    server: Server,
    started: u32,
}

/// The server was restarted: it knows nothing of this connection.
#[derive(Debug)]
struct Reset;

impl Connector for Server {
    type Connection = Conn;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<Conn, Infallible> {
        Ok(Conn { server: self.clone(), started: self.0.load(Ordering::SeqCst) })
    }
}

impl Conn {
    async fn query(&mut self, query: &str) -> Result<usize, Reset> {
        if self.server.0.load(Ordering::SeqCst) == self.started { Ok(query.len()) } else { Err(Reset) }
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was reset")
    }
}

impl std::error::Error for Reset {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::default();
    let pool = Pool::builder(server.clone()).name("orders").endpoints(["db:5432"]).build()?;
    pool.warm(5).await?;
    server.0.fetch_add(1, Ordering::SeqCst);

    // Once: the caller has to cope.
    let once = pool.execute(async |mut conn| conn.query("select 1").await).await;
    println!("once: {once:?}");

    // As database/sql: two from the pool, then a new one. Nothing was carried out on a reset connection.
    let repeated = pool
        .retrying(Retry::database_sql(), |_: &Reset| Fault::UNSENT)
        .execute(async |mut conn| {
            println!("a try on {}, {}", conn.id(), if conn.is_reused() { "from the pool" } else { "just dialed" });
            conn.query("select 1").await
        })
        .await?;
    println!("repeated: {repeated}");
    for stat in pool.stats_as("database/sql")? {
        println!("  {stat}");
    }
    Ok(())
}
