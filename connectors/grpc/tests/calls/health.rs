//! Servers that say that they are not serving.

use std::time::Duration;

use pool_connector_grpc::{Connectivity, GrpcPool, HealthOptions};
use pool_core::{CloseReason, HumanDuration, PoolOptions};
use pool_tokio::AcquireOptions;
use tonic::Code;
use tonic_health::ServingStatus::{NotServing, Serving};

use crate::echo::{ask, gated};
use crate::server::Server;
use crate::wire::{Act, Wire};
use crate::{AMPLE, builder, built, client, until, warm};

fn options(back_off: Duration) -> PoolOptions {
    let mut options = PoolOptions::default();
    options.dial.backoff_min = HumanDuration::from_millis(back_off.as_millis().try_into().expect("short"));
    options.dial.backoff_max = options.dial.backoff_min;
    options
}

/// A pool that asks for health, and dials again soon.
fn asking(service: &str, watch: bool, servers: &[&Server]) -> GrpcPool {
    let mut health = HealthOptions::default();
    (health.service, health.watch) = (service.to_owned(), watch);
    let builder = builder(|options| options.health = Some(health)).options(options(Duration::from_millis(20)));
    built(builder, servers.iter().map(|server| server.address))
}

#[tokio::test]
async fn a_server_that_is_not_serving_gets_nothing_until_it_is() {
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    one.report("", NotServing).await;
    let pool = asking("", false, &[&one, &two]);
    for _ in 0..20 {
        assert_eq!(client(&pool).say(ask()).await.expect("served").server, "two");
    }
    until("the state to be told", || pool.states()[0].connectivity == Connectivity::TransientFailure).await;
    assert_eq!(one.echo.served(), 0);
    one.report("", Serving).await;
    warm(&pool).await;
    until("it to serve", || one.echo.served() > 0 || client_says(&pool)).await;
}

/// Calls in the background.
fn client_says(pool: &GrpcPool) -> bool {
    let mut client = client(pool);
    tokio::spawn(async move { client.say(ask()).await });
    false
}

#[tokio::test]
async fn a_caller_is_told_that_no_server_is_serving() {
    let server = Server::start("one").await;
    server.report("orders", NotServing).await;
    let pool = asking("orders", false, &[&server]);
    let status = client(&pool).say(ask()).await.expect_err("it is not serving");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("is not serving `orders`: NOT_SERVING"), "{status}");
    let pool = asking("nonesuch", false, &[&server]);
    let status = client(&pool).say(ask()).await.expect_err("it does not know it");
    assert!(status.message().contains("is not serving `nonesuch`: SERVICE_UNKNOWN"), "{status}");
}

#[tokio::test]
async fn a_watched_server_that_stops_serving_gets_no_more_calls_and_those_that_run_end_in_peace() {
    let (one, two) = (Server::start("one").await, Server::start("two").await);
    let pool = asking("", true, &[&one, &two]);
    warm(&pool).await;
    let running: Vec<_> = (0..4)
        .map(|_| {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(gated()).await })
        })
        .collect();
    until("the calls to run", || one.echo.running() == 2 && two.echo.running() == 2).await;
    let address = one.address.to_string();
    let to_one = AcquireOptions::new().endpoint(&address);
    let watched = pool.pool().acquire_with(to_one).await.expect("a share");
    one.report("", NotServing).await;
    until("its connection to hear of it", || !watched.is_ready()).await;
    let before = one.echo.served();
    for _ in 0..10 {
        assert_eq!(client(&pool).say(ask()).await.expect("served").server, "two");
    }
    assert_eq!((one.echo.served(), one.echo.running()), (before, 2));
    drop(watched);
    one.open();
    two.open();
    for call in running {
        call.await.expect("no panic").expect("it ends well");
    }
    one.report("", Serving).await;
    until("it to serve again", || one.echo.served() > before || client_says(&pool)).await;
}

#[tokio::test]
async fn a_watch_takes_one_of_the_streams_that_the_server_allows() {
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(3)).await;
    let pool = asking("", true, &[&server]);
    assert_eq!(pool.pool().acquire().await.expect("a share").max_streams(), 2);
    let server = Server::start_as("one", |tonic| tonic.max_concurrent_streams(1)).await;
    let pool = asking("", true, &[&server]);
    assert_eq!(pool.pool().acquire().await.expect("a share").max_streams(), 1, "the only one is for calls");
    assert_eq!(client(&pool).say(ask()).await.expect("served").server, "one");
}

#[tokio::test]
async fn a_server_without_a_health_service_is_taken_to_be_serving() {
    // It answers every call with 404, which is UNIMPLEMENTED; the third is ours.
    let wire = Wire::listen(100, [Act::Http(0x8d), Act::Http(0x8d)]).await;
    let mut health = HealthOptions::default();
    health.watch = true;
    let pool = built(builder(|options| options.health = Some(health)), [wire.address()]);
    let lease = pool.pool().acquire().await.expect("it is used");
    until("it to be asked twice", || wire.calls() == 2).await;
    client(&pool).say(ask()).await.expect("answered");
    assert!(lease.is_ready());
}

/// A pool that checks each connection which has been idle, and dials again soon.
fn checking(health: Option<HealthOptions>, address: impl ToString) -> GrpcPool {
    let mut options = options(Duration::from_millis(20));
    options.upkeep.check_after_idle = HumanDuration::from_millis(1);
    options.upkeep.check_timeout = HumanDuration::from_millis(500);
    options.dial.timeout = HumanDuration::from_millis(500);
    built(builder(|options| options.health = health).options(options), [address])
}

const IDLE: Duration = Duration::from_millis(20);

#[tokio::test]
async fn checks_find_idle_connections_whose_server_has_stopped_serving() {
    let server = Server::start("one").await;
    let pool = checking(Some(HealthOptions::default()), server.address);
    client(&pool).say(ask()).await.expect("served");
    server.report("", NotServing).await;
    tokio::time::sleep(IDLE).await;
    let status = client(&pool).say(ask()).await.expect_err("it is not serving");
    assert!(status.message().contains("not serving"), "{status}");
    assert_eq!(pool.pool().snapshot().endpoints[0].closes, [(CloseReason::CHECK_FAILED, 1)]);
}

#[tokio::test]
async fn where_health_is_not_asked_for_any_answer_passes_a_check() {
    let wire = Wire::listen(100, [Act::Answer, Act::Http(0x8d), Act::Answer]).await;
    let pool = checking(None, wire.address());
    client(&pool).say(ask()).await.expect("answered");
    tokio::time::sleep(IDLE).await;
    client(&pool).say(ask()).await.expect("answered");
    assert_eq!((wire.calls(), wire.connections()), (3, 1), "two calls and a check over one connection");
}

#[tokio::test]
async fn a_check_of_a_server_that_does_not_answer_ends_at_its_deadline() {
    let (one, address) = crate::process::start("one");
    let pool = checking(None, address);
    client(&pool).say(ask()).await.expect("served");
    crate::process::pause(&one);
    tokio::time::sleep(IDLE).await;
    let ended = tokio::time::timeout(AMPLE, client(&pool).say(ask())).await;
    let status = ended.expect("it ends").expect_err("neither check nor dial is answered");
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}
