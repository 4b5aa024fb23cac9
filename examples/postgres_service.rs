//! A small service: several tasks move money between accounts by transactions, all through one pool, and one of them
//! is cancelled in the middle. At the end not a coin is missing, and the pool tells what it saw.
//!
//! `cargo run --example postgres_service`
//!
//! It starts a PostgreSQL of its own, if there is one on this machine, or else uses that of `DATABASE_URL`.

use std::error::Error;
use std::time::Duration;

use clearpool::Pool;
use clearpool::connector::postgres::{PostgresConnector, PostgresOptions};
use clearpool::core::PoolOptions;
use clearpool_servers::{Postgres, PostgresServer};

type Done = Result<(), Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Done {
    // Held until the end.
    let own = Postgres::find().map(|found| found.start());
    let Some(url) = own.as_ref().map(PostgresServer::url).or_else(|| std::env::var("DATABASE_URL").ok()) else {
        println!("no PostgreSQL here, and no DATABASE_URL: nothing to show");
        return Ok(());
    };

    let mut options = PostgresOptions::default();
    options.application_name = Some("bank".into());
    let settings = [("statement_timeout", "5s"), ("search_path", "clearpool_example")];
    options.settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut size = PoolOptions::default();
    size.limits.max_open = 3;
    let connector = PostgresConnector::new(options)?;
    let pool = Pool::builder(connector).name("bank").endpoints([url.as_str()]).options(size).build()?;

    pool.acquire().await?.batch_execute(ACCOUNTS).await?;
    let clerks: Vec<_> = (0..8).map(|clerk| tokio::spawn(transfers(pool.clone(), clerk))).collect();
    // This one has taken the money, and not given it yet, when its time is over.
    let slow = tokio::time::timeout(Duration::from_millis(300), slow_transfer(&pool)).await;
    println!("the slow transfer: {}", if slow.is_err() { "cancelled in the middle" } else { "done" });
    for clerk in clerks {
        clerk.await??;
    }

    let conn = pool.acquire().await?;
    let sum: i64 = conn.query_one("select sum(coins)::bigint from accounts", &[]).await?.get(0);
    println!("in all accounts together: {sum} coins");
    conn.batch_execute("drop schema clearpool_example cascade").await?;
    drop(conn);

    let seen = pool.snapshot();
    let counters = seen.counters();
    println!("{} leases on {} dials; {} had to wait", counters.acquired, counters.dials, counters.waited);
    for (why, count) in &seen.closes {
        println!("{count} closed: {why}");
    }
    let report = pool.drain(Duration::from_secs(5)).await;
    println!("drained: {}", report.drained);
    Ok(())
}

const ACCOUNTS: &str = "drop schema if exists clearpool_example cascade;
    create schema clearpool_example;
    create table accounts (id int primary key, coins int not null check (coins >= 0));
    insert into accounts select id, 100 from generate_series(1, 10) as id";

const MOVE: &str = "update accounts set coins = coins + $1 where id = $2";

async fn transfers(pool: Pool<PostgresConnector>, clerk: i32) -> Done {
    for round in 0..5 {
        let (from, to) = (1 + (clerk + round) % 10, 1 + (clerk * 3 + round * 7 + 1) % 10);
        let mut conn = pool.acquire().await?;
        let transaction = conn.transaction().await?;
        // Prepared once for each connection, however many leases ask.
        let change = transaction.prepare_cached(MOVE).await?;
        // In the order of their numbers, so that no two wait for each other.
        let mut steps = [(from, -7), (to, 7)];
        steps.sort_unstable();
        for (id, coins) in steps {
            transaction.execute(&change, &[&coins, &id]).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

async fn slow_transfer(pool: &Pool<PostgresConnector>) -> Done {
    let mut conn = pool.acquire().await?;
    let transaction = conn.transaction().await?;
    transaction.execute(MOVE, &[&-50, &1]).await?;
    transaction.batch_execute("select pg_sleep(60)").await?;
    transaction.execute(MOVE, &[&50, &2]).await?;
    Ok(transaction.commit().await?)
}
