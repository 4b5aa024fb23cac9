//! The connector against real gRPC servers: tonic's, in this process and in others.

mod balance;
mod echo;
mod server;

use std::time::Duration;

use pool_connector_grpc::{GrpcChannel, GrpcConnector, GrpcOptions, GrpcPool};
use pool_tokio::PoolBuilder;

use crate::echo::EchoClient;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// A builder with options that are the default but for a change.
fn builder(change: impl FnOnce(&mut GrpcOptions)) -> PoolBuilder<GrpcConnector> {
    let mut options = GrpcOptions::default();
    change(&mut options);
    GrpcPool::builder(options).expect("good options")
}

/// A pool of these endpoints.
fn pool<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> GrpcPool {
    builder(|_| ()).endpoints(endpoints).build().expect("a pool").into()
}

fn client(pool: &GrpcPool) -> EchoClient<GrpcChannel> {
    EchoClient::new(pool.channel())
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
