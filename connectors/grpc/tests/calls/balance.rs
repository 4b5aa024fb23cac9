//! Calls over several servers.

use std::collections::BTreeMap;

use pool_connector_grpc::Connectivity;

use crate::echo::ask;
use crate::server::Server;
use crate::{client, pool};

#[tokio::test]
async fn calls_are_spread_over_all_servers() {
    let (one, two, three) = (Server::start("one").await, Server::start("two").await, Server::start("three").await);
    let pool = pool([one.address, two.address, three.address]);
    let mut client = client(&pool);
    let mut served = BTreeMap::<_, u32>::new();
    for _ in 0..30 {
        *served.entry(client.say(ask()).await.expect("served").server).or_default() += 1;
    }
    assert_eq!(served.len(), 3, "{served:?}");
    assert!(pool.states().iter().all(|state| state.connectivity == Connectivity::Ready), "{:?}", pool.states());
    assert!(pool.pool().leases().is_empty());
}
