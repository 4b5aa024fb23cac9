//! The source against servers of DNS: one that the tests are, and Consul's.

mod addresses;
mod consul;
mod faults;
mod options;
mod services;
mod zone;

use std::time::Duration;

use pool_core::{Discovery, Endpoint};
use pool_discovery_dns::{DnsDiscovery, DnsOptions};
use tokio::time::timeout;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// Long enough to see that nothing comes: many look-ups.
const WHILE: Duration = Duration::from_secs(1);

/// A source, and what it gives as a test wants to see it.
struct Watched {
    source: DnsDiscovery,
}

impl Watched {
    fn new(options: DnsOptions) -> Watched {
        Watched { source: DnsDiscovery::new(options).expect("good options") }
    }

    /// The next set, as addresses and weights.
    #[track_caller]
    fn set(&mut self) -> impl Future<Output = Vec<(String, u32)>> {
        let here = std::panic::Location::caller();
        async move {
            let set = self.next().await.unwrap_or_else(|error| panic!("{here}: {error}"));
            set.into_iter().map(|one| (one.address, one.weight)).collect()
        }
    }

    async fn next(&mut self) -> Result<Vec<Endpoint>, String> {
        timeout(AMPLE, self.source.next()).await.expect("there is news").map_err(|error| error.to_string())
    }

    /// The set once it is this; what comes before it is passed over.
    async fn until(&mut self, expected: &[(String, u32)]) {
        let mut last = None;
        let coming = async {
            while last.as_deref() != Some(expected) {
                let news = self.source.next().await;
                last = news.ok().map(|set| set.into_iter().map(|one| (one.address, one.weight)).collect::<Vec<_>>());
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

/// Options with which a name of these servers is looked up many times a second, but for a change.
fn options<const N: usize>(name: &str, servers: [String; N], change: impl FnOnce(&mut DnsOptions)) -> DnsOptions {
    let mut options = DnsOptions::new(name).servers(servers);
    options.min_interval = Duration::from_millis(100).into();
    options.timeout = Duration::from_secs(10).into();
    change(&mut options);
    options
}

/// Endpoints of weight 1.
fn plain(addresses: &[&str]) -> Vec<(String, u32)> {
    weighed(&addresses.iter().map(|address| (*address, 1)).collect::<Vec<_>>())
}

fn weighed(all: &[(&str, u32)]) -> Vec<(String, u32)> {
    all.iter().map(|(address, weight)| ((*address).to_owned(), *weight)).collect()
}
