//! Anything at all, dropped at any moment: the next lease has its connection for itself.

use std::pin::pin;
use std::time::Duration;

use fastrand::Rng;
use pool_connector_postgres::tokio_postgres::error::SqlState;
use pool_connector_postgres::{PostgresConnection, PostgresConnector, Reset};
use pool_core::{CloseReason, HumanDuration};
use pool_tokio::{Lease, Pool};

use crate::{AMPLE, beside, closed, connector, dials, pool_with, server};

const TABLE: &str = "drop table if exists soak; create table soak (id int)";

/// Nothing is left of who had it before: no transaction, and no answer that was another's.
async fn must_be_clean(conn: &Lease<PostgresConnector>, number: i32) {
    let error = conn.batch_execute("savepoint probe").await.expect_err("there is no transaction");
    assert_eq!(error.code(), Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION), "{error:?}");
    let row = conn.query_one("select $1::int", &[&number]).await.expect("an answer");
    assert_eq!(row.get::<_, i32>(0), number);
}

/// Does something. What becomes of it is of no interest: it may be dropped half-way, and may fail for what was dropped
/// before.
async fn do_something(conn: &mut PostgresConnection, random: &mut Rng) {
    let no_parameters: [i32; 0] = [];
    match random.u8(..14) {
        0 => drop(conn.query_one("select $1::int", &[&1]).await),
        1 => drop(conn.batch_execute("select 1 / 0").await),
        2 => drop(conn.batch_execute("begin").await),
        3 => drop(conn.batch_execute("begin; insert into soak values (1); select 1 / 0").await),
        4 => drop(conn.simple_query("insert into soak values (2); select 1; select pg_sleep(0.001)").await),
        5 => drop(conn.query("select pg_sleep(0.002)", &[]).await),
        6 => drop(conn.prepare_cached(&format!("select {}", random.u8(..4))).await),
        7 => drop(conn.batch_execute(random.choice(["commit", "rollback", "savepoint a"]).unwrap_or("")).await),
        8 => drop(conn.query_raw("select generate_series(1, 5000)", no_parameters).await),
        9 => drop(conn.copy_out("copy (select generate_series(1, 5000)) to stdout").await),
        10 => drop(conn.copy_in::<_, &'static [u8]>("copy soak from stdin").await),
        11 => {
            if let Ok(sink) = conn.copy_in::<_, &'static [u8]>("copy soak from stdin").await {
                drop(pin!(sink).finish().await);
            }
        }
        12 => drop(tokio::join!(conn.query("select 1", &[]), conn.query("select nothing", &[]))),
        _ => {
            let Ok(mut outer) = conn.transaction().await else { return };
            drop(outer.execute("insert into soak values (3)", &[]).await);
            if let Ok(inner) = outer.transaction().await
                && random.bool()
            {
                drop(inner.commit().await);
            }
            if random.bool() {
                drop(outer.commit().await);
            }
        }
    }
}

async fn soak(pool: Pool<PostgresConnector>, seed: u64, leases: i32) {
    let mut random = Rng::with_seed(seed);
    for number in 0..leases {
        let mut conn = pool.acquire().await.unwrap_or_else(|error| panic!("{error}"));
        tokio::time::timeout(AMPLE, must_be_clean(&conn, number)).await.expect("it answers");
        for _ in 0..random.u8(..4) {
            let patience = Duration::from_micros(random.u64(..4000));
            let has_any = random.u8(..4) > 0;
            let work = do_something(&mut conn, &mut random);
            if has_any {
                drop(tokio::time::timeout(patience, work).await);
            } else {
                // It asks, and has gone before anything is sent.
                tokio::select! { biased; () = work => {}, () = std::future::ready(()) => {} }
            }
        }
        if random.u8(..4) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_done_and_dropped_the_next_lease_is_clean() {
    let Some(server) = server() else { return };
    beside(&server).await.batch_execute(TABLE).await.expect("a table");
    for reset in [Reset::Rollback, Reset::DiscardAll] {
        let connector = connector(|options| options.reset = reset);
        let pool = pool_with(server.address(), connector, |options| {
            options.limits.max_open = 4;
            options.dial.timeout = HumanDuration::from_secs(20);
        });
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let tasks: Vec<_> = (0..6).map(|task| tokio::spawn(soak(pool.clone(), seed ^ task, 40))).collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        // Some were given up, and most were not.
        let (given_up, dials) = (closed(&pool, CloseReason::RESET_FAILED), dials(&pool));
        println!("{given_up} given up, {dials} dials");
        assert!(given_up > 10 && dials < 300, "{given_up} given up, {dials} dials");
    }
}
