//! A gRPC client over three servers, of which one goes away and comes back: no call fails.
//!
//! The servers are in this program. What they serve is the one service that every gRPC server has, `grpc.health.v1`; a
//! generated client of yours goes where `HealthClient` stands.
//!
//!     cargo run --example grpc_client

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use clearpool::connector::grpc::{Connectivity, GrpcOptions, GrpcPool, HealthOptions};
use clearpool::core::{Endpoint, HumanDuration, PoolOptions};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::server::{Server, TcpIncoming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [first, second, third] = [serve(None).await?, serve(None).await?, serve(None).await?];
    let endpoints = [("first", first.address), ("second", second.address), ("third", third.address)];
    let endpoints = endpoints.map(|(name, address)| named(name, address));

    let mut connector = GrpcOptions::default();
    connector.health = Some(HealthOptions::default());
    connector.call_timeout = HumanDuration::from_secs(5);
    let mut options = PoolOptions::default();
    options.limits.max_open_per_endpoint = Some(1);
    options.dial.backoff_max = HumanDuration::from_millis(200);
    let pool = GrpcPool::builder(connector)?.name("orders").endpoints(endpoints).options(options).build()?;
    let pool = GrpcPool::from(pool);

    calls(&pool, "three servers").await?;

    let address = second.address;
    second.leave().await?;
    calls(&pool, "the second has left").await?;

    let second = serve(Some(address)).await?;
    while pool.states().iter().any(|state| state.connectivity != Connectivity::Ready) {
        call(&pool).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    calls(&pool, "the second is back").await?;

    pool.pool().drain(Duration::from_secs(1)).await;
    for server in [first, second, third] {
        server.leave().await?;
    }
    Ok(())
}

/// A call as any: over a client that is made of a channel.
async fn call(pool: &GrpcPool) -> Result<(), tonic::Status> {
    HealthClient::new(pool.channel()).check(HealthCheckRequest::default()).await.map(drop)
}

/// Thirty calls, and who has served them.
async fn calls(pool: &GrpcPool, when: &str) -> Result<(), tonic::Status> {
    let served = || pool.pool().snapshot().endpoints.into_iter().map(|endpoint| endpoint.counters.acquired);
    let before: Vec<u64> = served().collect();
    for _ in 0..30 {
        call(pool).await?;
    }
    println!("{when}:");
    for ((state, now), before) in pool.states().iter().zip(served()).zip(before) {
        println!("  {:<7} {:>2} calls, {}", state.endpoint.name(), now - before, state.connectivity.as_str());
    }
    Ok(())
}

fn named(name: &str, address: SocketAddr) -> Endpoint {
    let mut endpoint = Endpoint::new(address.to_string());
    endpoint.id = name.to_owned();
    endpoint
}

/// A server at work.
struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
}

async fn serve(address: Option<SocketAddr>) -> Result<Serving, Box<dyn Error>> {
    let listener = TcpListener::bind(address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into())).await?;
    let address = listener.local_addr()?;
    let (_reporter, health) = tonic_health::server::health_reporter();
    let (stop, stopped) = oneshot::channel();
    let serving = Server::builder().add_service(health);
    let task = tokio::spawn(serving.serve_with_incoming_shutdown(TcpIncoming::from(listener), async {
        let _ = stopped.await;
    }));
    Ok(Serving { address, stop, task })
}

impl Serving {
    /// Says goodbye to its clients, lets running calls end, and goes.
    async fn leave(self) -> Result<(), Box<dyn Error>> {
        let _ = self.stop.send(());
        Ok(self.task.await??)
    }
}
