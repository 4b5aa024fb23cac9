//! Several managers, each an endpoint.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pool_connector_deadpool::DeadpoolConnector;
use pool_core::{Endpoint, State};
use pool_tokio::{AcquireOptions, Pool};

use crate::script::{Scripted, Step, options, settle};

async fn place(pool: &Pool<DeadpoolConnector<Scripted>>, endpoint: &str) -> &'static str {
    let lease = pool.acquire_with(AcquireOptions::new().endpoint(endpoint)).await.expect("served");
    assert_eq!(lease.endpoint().name(), endpoint);
    lease.place
}

#[tokio::test(start_paused = true)]
async fn each_manager_is_an_endpoint_and_is_asked_about_its_own_connections() {
    let (north, south) = (Scripted::at("north"), Scripted::at("south"));
    let connector = DeadpoolConnector::over([("n", north.clone()), ("s", south.clone())]);
    assert_eq!(connector.managers().len(), 2);
    let pool = connector.pool().options(options(4)).build().expect("sound");
    for _ in 0..3 {
        assert_eq!((place(&pool, "n").await, place(&pool, "s").await), ("north", "south"));
        settle().await;
    }
    assert_eq!((north.alive(), south.alive()), (1, 1));
    assert_eq!((north.script().recycles.len(), south.script().recycles.len()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn the_load_goes_to_those_that_work() {
    let (north, south) = (Scripted::at("north"), Scripted::at("south"));
    north.script().create = Step::Fail;
    let connector =
        DeadpoolConnector::over([(Endpoint::new("n").weight(5), north.clone()), (Endpoint::new("s"), south.clone())]);
    let pool = connector.pool().options(options(4)).build().expect("sound");
    for _ in 0..20 {
        assert_eq!(pool.acquire().await.expect("the other one works").place, "south");
    }
    assert!(north.script().dials >= 1, "it was tried");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_without_a_manager_is_an_error_that_names_those_there_are() {
    let connector = DeadpoolConnector::over([("n", Scripted::at("north")), ("s", Scripted::at("south"))]);
    let pool = Pool::builder(connector).endpoints(["west"]).build().expect("sound");
    let error = pool.acquire().await.expect_err("nobody leads there");
    assert!(error.to_string().contains("no manager leads to the endpoint `west`; there are some for: n, s"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn a_connection_tells_its_manager_and_can_be_taken_out() {
    let pool = DeadpoolConnector::over([("n", Scripted::at("north"))]).pool().build().expect("sound");
    let connection = pool.acquire().await.expect("dialed").detach();
    assert_eq!(connection.manager().alive(), 1);
    let connection = connection.take();
    assert_eq!(connection.place, "north");
}

#[tokio::test(start_paused = true)]
async fn a_manager_is_made_once_for_each_endpoint_and_goes_with_its_connections() {
    let made = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&made);
    let connector = DeadpoolConnector::per_endpoint(move |endpoint| {
        counter.fetch_add(1, Ordering::SeqCst);
        match endpoint.address.as_str() {
            "n:1" => Ok(Scripted::at("north")),
            "s:1" => Ok(Scripted::at("south")),
            other => Err(io::Error::other(format!("no such place: {other}"))),
        }
    });
    assert!(connector.endpoints().is_empty() && connector.managers().is_empty());
    let pool = Pool::builder(connector).endpoints(["n:1"]).options(options(4)).build().expect("sound");
    let both = (pool.acquire().await.expect("dialed"), pool.acquire().await.expect("dialed"));
    assert_eq!((both.0.place, both.1.place, made.load(Ordering::SeqCst)), ("north", "north", 1));
    assert_eq!(pool.connector().managers().len(), 1);
    drop(both);

    // As discovery would.
    pool.set_endpoints(vec![Endpoint::new("s:1")]).expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").place, "south");
    settle().await;
    assert_eq!((pool.snapshot().open(), made.load(Ordering::SeqCst)), (1, 2), "those to the north are closed");
    pool.set_endpoints(vec![Endpoint::new("n:1")]).expect("sound");
    assert_eq!(pool.acquire().await.expect("dialed").place, "north");
    assert_eq!(made.load(Ordering::SeqCst), 3, "nothing was left of the first");

    pool.set_endpoints(vec![Endpoint::new("w:1")]).expect("sound");
    let error = pool.acquire().await.expect_err("there is no such place");
    assert!(error.to_string().contains("no such place: w:1"), "{error}");
    settle().await;
    assert_eq!(pool.snapshot().count(State::Leased), 0);
}
