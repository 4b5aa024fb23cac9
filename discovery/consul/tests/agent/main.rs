//! The source against a real agent of Consul.

mod changes;
mod empty;
mod faults;
mod questions;
mod rates;
mod senseless;
#[cfg(feature = "tls")]
mod tls;
mod tokens;

use std::sync::OnceLock;
use std::time::Duration;

use clearpool_servers::{Consul, ConsulServer};
use pool_core::{Discovery, Endpoint};
use pool_discovery_consul::{ConsulDiscovery, ConsulOptions};
use serde_json::{Value, json};
use tokio::time::timeout;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// Long enough to see that nothing comes.
const WHILE: Duration = Duration::from_secs(2);

/// The agent of those tests that do it no harm. Each has a service of its own.
fn shared() -> Option<&'static ConsulServer> {
    static AGENT: OnceLock<ConsulServer> = OnceLock::new();
    let consul = Consul::find()?;
    Some(AGENT.get_or_init(|| consul.start()))
}

/// A source, and what it gives as a test wants to see it.
struct Watched {
    source: ConsulDiscovery,
}

impl Watched {
    fn new(options: ConsulOptions) -> Watched {
        Watched { source: ConsulDiscovery::new(options).expect("good options") }
    }

    /// Of this service, at this agent.
    fn of(agent: &ConsulServer, service: &str) -> Watched {
        Watched::new(options(agent, service))
    }

    async fn next(&mut self) -> Result<Vec<Endpoint>, String> {
        timeout(AMPLE, self.source.next()).await.expect("there is news").map_err(|error| whole(&error))
    }

    /// The next set, as names and addresses.
    #[track_caller]
    fn set(&mut self) -> impl Future<Output = Vec<(String, String)>> {
        let here = std::panic::Location::caller();
        async move {
            let set = self.next().await.unwrap_or_else(|error| panic!("{here}: {error}"));
            set.into_iter().map(|one| (one.id, one.address)).collect()
        }
    }

    /// The next set, as names and weights.
    async fn weights(&mut self) -> Vec<(String, u32)> {
        self.next().await.expect("a set").into_iter().map(|one| (one.id, one.weight)).collect()
    }

    /// The set once it is this, by names and weights; what comes before it is passed over.
    async fn until_weights(&mut self, expected: &[(&str, u32)]) {
        let expected: Vec<_> = expected.iter().map(|(name, weight)| (format!("one/{name}"), *weight)).collect();
        let mut last = Vec::new();
        let coming = async {
            while last != expected {
                last = self.weights().await;
            }
        };
        let is_there = timeout(AMPLE, coming).await.is_ok();
        assert!(is_there, "waited for {expected:?}, and the last was {last:?}");
    }

    async fn error(&mut self) -> String {
        self.next().await.expect_err("something is wrong")
    }

    #[track_caller]
    fn silent(&mut self) -> impl Future<Output = ()> {
        let here = std::panic::Location::caller();
        async move {
            if let Ok(news) = timeout(WHILE, self.source.next()).await {
                panic!("{here}: there is no news, and yet: {news:?}");
            }
        }
    }
}

fn whole(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn options(agent: &ConsulServer, service: &str) -> ConsulOptions {
    ConsulOptions::new(service).address(agent.url())
}

/// Options that are these but for a change.
fn but(mut options: ConsulOptions, change: impl FnOnce(&mut ConsulOptions)) -> ConsulOptions {
    change(&mut options);
    options
}

/// An instance that passes, at an address of nobody's.
fn instance(service: &str, id: &str, port: u16) -> Value {
    json!({
        "Name": service, "ID": id, "Address": "127.0.0.1", "Port": port,
        "Check": { "Name": "alive", "TTL": "24h", "Status": "passing" },
    })
}

/// Instances as the source names them.
fn named(all: &[(&str, u16)]) -> Vec<(String, String)> {
    all.iter().map(|(id, port)| (format!("one/{id}"), format!("127.0.0.1:{port}"))).collect()
}
