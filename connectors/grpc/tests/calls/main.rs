//! The connector against real gRPC servers: tonic's, in this process and in others.

mod balance;
mod channel;
mod deadlines;
mod echo;
mod faults;
mod hangups;
mod health;
mod options;
mod outcomes;
mod presets;
mod process;
mod retry;
mod server;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod wire;

use std::time::Duration;

use pool_connector_grpc::{Connectivity, GrpcChannel, GrpcConnector, GrpcOptions, GrpcPool};
use pool_core::Endpoint;
use pool_tokio::PoolBuilder;

use crate::echo::{EchoClient, ask};

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// A builder with options that are the default but for a change.
fn builder(change: impl FnOnce(&mut GrpcOptions)) -> PoolBuilder<GrpcConnector> {
    let mut options = GrpcOptions::default();
    change(&mut options);
    GrpcPool::builder(options).expect("good options")
}

/// A pool of these endpoints.
fn pool<A: ToString>(addresses: impl IntoIterator<Item = A>) -> GrpcPool {
    built(builder(|_| ()), addresses)
}

fn built<A: ToString>(builder: PoolBuilder<GrpcConnector>, addresses: impl IntoIterator<Item = A>) -> GrpcPool {
    let endpoints = addresses.into_iter().map(|address| Endpoint::new(address.to_string()));
    builder.endpoints(endpoints).build().expect("a pool").into()
}

/// A client whose calls end some time, whatever goes wrong.
fn client(pool: &GrpcPool) -> EchoClient<GrpcChannel> {
    EchoClient::new(pool.channel().timeout(AMPLE))
}

/// Calls until there is a connection to each endpoint. Before the first is made, a pool takes it for one call at a time.
async fn warm(pool: &GrpcPool) {
    let all_ready = || pool.states().iter().all(|state| state.connectivity == Connectivity::Ready);
    let calling = async {
        while !all_ready() {
            client(pool).say(ask()).await.expect("served");
        }
    };
    assert!(tokio::time::timeout(AMPLE, calling).await.is_ok(), "{:?}", pool.states());
}

/// Waits until it is so.
#[track_caller]
fn until(what: &str, mut look: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let site = std::panic::Location::caller();
    async move {
        let waiting = async {
            while !look() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(AMPLE, waiting).await.is_ok(), "waited in vain for {what} at {site}");
    }
}
