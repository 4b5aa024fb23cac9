//! The connector against a real PostgreSQL.

#![cfg(unix)]
#![forbid(unsafe_code)]

mod abandoned;
mod copy;
mod faults;
mod limits;
mod login;
mod reset;
mod soak;
mod statements;
#[cfg(feature = "tls")]
mod tls;
mod transactions;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use clearpool_servers::{Postgres, PostgresServer};
use pool_connector_postgres::{PostgresConnection, PostgresConnector, PostgresError, PostgresOptions};
use pool_core::{CloseReason, ConnectCx, Connector, Endpoint, Handle, HumanDuration, PoolOptions};
use pool_tokio::Pool;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// One server for all tests that do it no harm: started with the first that uses it, gone with the last.
fn server() -> Option<Arc<PostgresServer>> {
    static SHARED: Mutex<Weak<PostgresServer>> = Mutex::new(Weak::new());
    let found = Postgres::find()?;
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    Some(shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(found.start());
        *shared = Arc::downgrade(&server);
        server
    }))
}

/// A connector for the superuser, with options that are the default but for a change.
fn connector(change: impl FnOnce(&mut PostgresOptions)) -> PostgresConnector {
    let mut options = PostgresOptions::default();
    options.user = Some(Postgres::USER.to_owned());
    options.password = Some(Postgres::PASSWORD.into());
    change(&mut options);
    PostgresConnector::new(options).expect("good options")
}

/// A pool of one connection, so that each lease finds what the one before it has left.
fn pool_to(address: impl ToString, connector: PostgresConnector) -> Pool<PostgresConnector> {
    pool_with(address, connector, |_| {})
}

fn pool_with(
    address: impl ToString,
    connector: PostgresConnector,
    change: impl FnOnce(&mut PoolOptions),
) -> Pool<PostgresConnector> {
    let mut options = PoolOptions::default();
    options.limits.max_open = 1;
    options.wait.timeout = HumanDuration::from(AMPLE);
    options.upkeep.close_timeout = HumanDuration::from_secs(10);
    options.upkeep.reset_timeout = HumanDuration::from_secs(10);
    change(&mut options);
    let pool = Pool::builder(connector).endpoints([address.to_string().as_str()]).options(options);
    pool.build().expect("a good pool")
}

/// Dials as a pool would.
async fn dial(connector: &PostgresConnector, address: impl ToString) -> Result<PostgresConnection, PostgresError> {
    let (endpoint, handle) = (Endpoint::new(address.to_string()), Handle::detached());
    connector.connect(&ConnectCx::new(&endpoint, "test", AMPLE, &handle)).await
}

/// A connection beside the pool.
async fn beside(server: &PostgresServer) -> PostgresConnection {
    dial(&connector(|_| {}), server.address()).await.expect("it lets us in")
}

/// How many connections were closed for this reason.
fn closed(pool: &Pool<PostgresConnector>, why: CloseReason) -> u64 {
    pool.snapshot().closes.iter().find(|(reason, _)| *reason == why).map_or(0, |(_, count)| *count)
}

/// How many dials were begun.
fn dials(pool: &Pool<PostgresConnector>) -> u64 {
    pool.snapshot().counters().dials
}

/// Waits for a condition.
#[track_caller]
fn until<'a>(what: &'a str, mut holds: impl AsyncFnMut() -> bool + 'a) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move {
        let looks = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(AMPLE, looks).await.is_err() {
            panic!("{caller}: waited in vain for {what}");
        }
    }
}

/// What a process of the server's does: `active`, `idle`; nothing, if it is gone.
async fn activity(beside: &PostgresConnection, backend: i32) -> Option<String> {
    let query = "select state from pg_stat_activity where pid = $1";
    beside.query_opt(query, &[&backend]).await.expect("a good query").map(|row| row.get(0))
}

/// Runs something until a process of the server's works on it, and drops it then.
async fn give_up_when_active<T>(beside: &PostgresConnection, backend: i32, work: impl Future<Output = T>) {
    let active = async || activity(beside, backend).await.as_deref() == Some("active");
    tokio::select! {
        _ = work => panic!("it should take for ever"),
        () = until("the query's begin", active) => {}
    }
}
