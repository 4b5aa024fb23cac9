//! Pools with the options of the presets that are for this connector, over real connections.

use pool_connector_grpc::{BrokenOn, GrpcConnection, GrpcConnector, GrpcOptions, GrpcPool};
use pool_core::PoolOptions;
use pool_tokio::Lease;
use tonic::Code;

use crate::echo::{EchoClient, ask, fail, gated};
use crate::server::Server;
use crate::{builder, built, client, until};

/// What a preset says of limits, waiting, dialling and leases.
fn options_of(preset: &str) -> PoolOptions {
    let mut table: toml::Table = toml::from_str(preset).expect("a good preset");
    table.retain(|key, _| ["limits", "wait", "dial", "upkeep", "lease"].contains(&key));
    table.try_into().expect("good options")
}

fn go_micro(
    change: impl FnOnce(&mut PoolOptions),
    connector: impl FnOnce(&mut GrpcOptions),
    server: &Server,
) -> GrpcPool {
    let mut options = options_of(include_str!("../../../../src/presets/go-micro-grpc.toml"));
    change(&mut options);
    let builder = builder(|options| {
        options.max_streams = Some(20);
        options.broken_on = BrokenOn::AnyError;
        connector(options);
    });
    built(builder.options(options), [server.address])
}

/// Which connection each has, by the order in which they came up.
fn numbers<'a>(leases: impl IntoIterator<Item = &'a Lease<GrpcConnector>>, seen: &mut Vec<String>) -> Vec<usize> {
    let mut number = |lease: &Lease<GrpcConnector>| {
        let id = format!("{:?}", lease.id());
        seen.iter().position(|known| *known == id).unwrap_or_else(|| {
            seen.push(id);
            seen.len() - 1
        }) + 1
    };
    leases.into_iter().map(&mut number).collect()
}

async fn acquire(pool: &GrpcPool, count: usize) -> Vec<Lease<GrpcConnector>> {
    let mut leases = Vec::new();
    for _ in 0..count {
        leases.push(pool.pool().acquire().await.expect("go-micro never waits"));
    }
    leases
}

/// Recorded from go-micro: size 2, maxStreams 3, 8 gets -> 1 1 1 2 2 2 3 4; all released -> closed [3,4]; next 4 -> 2 2 2 1.
#[tokio::test]
async fn go_micro_fills_one_connection_before_the_next_and_dials_beyond_its_size() {
    let server = Server::start("one").await;
    let pool = go_micro(|options| options.limits.max_open = 2, |options| options.max_streams = Some(3), &server);
    let mut seen = Vec::new();
    let leases = acquire(&pool, 8).await;
    assert_eq!(numbers(&leases, &mut seen), [1, 1, 1, 2, 2, 2, 3, 4]);
    drop(leases);
    until("two to be closed", || pool.pool().snapshot().open() == 2).await;
    let leases = acquire(&pool, 4).await;
    assert_eq!(numbers(&leases, &mut seen), [2, 2, 2, 1]);
}

#[tokio::test]
async fn go_micro_has_twenty_streams_a_connection() {
    let server = Server::start("one").await;
    let pool = go_micro(|_| (), |_| (), &server);
    client(&pool).say(ask()).await.expect("served");
    let calls: Vec<_> = (0..41)
        .map(|_| {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(gated()).await })
        })
        .collect();
    until("the calls to run", || server.echo.running() == 41).await;
    let snapshot = pool.pool().snapshot();
    // Those for whom there was no stream dial one each, and are not made to wait for another's.
    assert_eq!(snapshot.open(), 1 + 21);
    server.open();
    for call in calls {
        call.await.expect("no panic").expect("served");
    }
}

/// "close when err!=nil" of the last stream; an error of another is ignored.
#[tokio::test]
async fn go_micro_heeds_an_error_of_the_last_stream_only() {
    let server = Server::start("one").await;
    let pool = go_micro(|_| (), |_| (), &server);
    let held = acquire(&pool, 1).await.remove(0);
    client(&pool).say(fail(Code::NotFound)).await.expect_err("as asked");
    drop(held);
    assert_eq!(pool.pool().snapshot().open(), 1, "it was not the last");
    client(&pool).say(fail(Code::NotFound)).await.expect_err("as asked");
    until("it to be closed", || pool.pool().snapshot().open() == 0).await;
}

/// maxIdle 1, released 1,2,3 -> closed [2,3].
#[tokio::test]
async fn go_micro_closes_the_incoming_one_over_its_idle_limit() {
    let server = Server::start("one").await;
    let pool = go_micro(|options| options.limits.max_idle = Some(1), |options| options.max_streams = Some(1), &server);
    let leases = acquire(&pool, 3).await;
    let first = leases[0].id();
    for lease in leases {
        drop(lease);
    }
    until("two to be closed", || pool.pool().snapshot().open() == 1).await;
    assert_eq!(acquire(&pool, 1).await[0].id(), first);
}

#[tokio::test]
async fn consul_grpc_has_one_connection_to_each_server_and_takes_them_in_turn() {
    let servers = [Server::start("a").await, Server::start("b").await, Server::start("c").await];
    let options = options_of(include_str!("../../../../src/presets/consul-grpc.toml"));
    let pool = built(builder(|_| ()).options(options), servers.iter().map(|server| server.address));
    let mut order = Vec::new();
    for _ in 0..7 {
        order.push(client(&pool).say(ask()).await.expect("served").server);
    }
    assert_eq!(order, ["a", "b", "c", "a", "b", "c", "a"]);
    let calls: Vec<_> = (0..60)
        .map(|_| {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(gated()).await })
        })
        .collect();
    until("the calls to run", || servers.iter().all(|server| server.echo.running() == 20)).await;
    assert_eq!(pool.pool().snapshot().open(), 3);
    for server in &servers {
        server.open();
    }
    for call in calls {
        call.await.expect("no panic").expect("served");
    }
}

#[tokio::test]
async fn consul_grpc_dials_a_server_that_said_goodbye_anew_beside_what_runs_on_its_old_connection() {
    let old = Server::start("old").await;
    let options = options_of(include_str!("../../../../src/presets/consul-grpc.toml"));
    let pool = built(builder(|_| ()).options(options), [old.address]);
    let running = {
        let mut client = client(&pool);
        tokio::spawn(async move { client.say(gated()).await })
    };
    until("the call to run", || old.echo.running() == 1).await;
    let address = old.address;
    let leaving = old.say_goodbye();
    until("the goodbye", || pool.pool().try_acquire().is_err()).await;
    let _new = Server::start_at(address, "new", |tonic| tonic).await;
    for _ in 0..3 {
        assert_eq!(client(&pool).say(ask()).await.expect("served").server, "new");
    }
    assert_eq!(leaving.echo.running(), 1, "it has its connection still");
    let snapshot = pool.pool().snapshot();
    assert_eq!((snapshot.open(), snapshot.leases), (2, 1));
    leaving.open();
    assert_eq!(running.await.expect("no panic").expect("it ends well").server, "old");
    until("the old one to be closed", || pool.pool().snapshot().open() == 1).await;
}

#[tokio::test]
async fn a_cold_burst_over_consul_grpc_makes_one_connection_to_each_server() {
    let servers = [Server::start("a").await, Server::start("b").await];
    let options = options_of(include_str!("../../../../src/presets/consul-grpc.toml"));
    let pool = built(builder(|_| ()).options(options), servers.iter().map(|server| server.address));
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let mut client = client(&pool);
            tokio::spawn(async move { client.say(ask()).await })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("served");
    }
    assert_eq!(servers.each_ref().map(|server| server.echo.served()), [20, 20]);
    assert_eq!(pool.pool().snapshot().counters().dials, 2);
    let lease = acquire(&pool, 1).await.remove(0);
    EchoClient::new(GrpcConnection::clone(&lease)).say(ask()).await.expect("served");
}
