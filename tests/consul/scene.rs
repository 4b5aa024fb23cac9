//! Instances, the Consul that knows them, the pool that is to follow, and callers that are never to notice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clearpool::core::{Event, Observer, Time, What};
use clearpool::{App, Loader, Pool};
use clearpool_servers::{Consul, ConsulServer};
use parking_lot::Mutex;
use pool_connector_grpc::{GrpcConnector, GrpcPool};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tonic::Status;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::backend::Backend;
use crate::calls::Calls;

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(30);

/// By so many calls shares are judged.
const ENOUGH: u64 = 700;

pub(crate) struct Scene {
    pub(crate) consul: ConsulServer,
    backends: BTreeMap<&'static str, Backend>,
    pool: GrpcPool,
    told: Arc<Told>,
    calls: Calls,
}

impl Scene {
    /// A pool whose configuration says this besides where its connections lead, with these instances, all of which
    /// serve. `None`: skip the test.
    pub(crate) async fn begin<const N: usize>(pool: &str, instances: [&'static str; N]) -> Option<Scene> {
        let discovery = |consul: &ConsulServer| {
            format!("{{ kind = \"consul\", service = \"orders\", address = \"{}\" }}", consul.url())
        };
        Scene::begin_with(pool, discovery, instances).await
    }

    /// The same with endpoints from Consul's DNS.
    pub(crate) async fn begin_by_dns<const N: usize>(pool: &str, instances: [&'static str; N]) -> Option<Scene> {
        let discovery = |consul: &ConsulServer| {
            let name = "_orders._tcp.service.consul";
            format!(
                "{{ kind = \"dns\", name = \"{name}\", servers = [\"{}\"], min_interval = \"100ms\", timeout = \"1s\" }}",
                consul.dns()
            )
        };
        Scene::begin_with(pool, discovery, instances).await
    }

    async fn begin_with<const N: usize>(
        pool: &str,
        discovery: impl Fn(&ConsulServer) -> String,
        instances: [&'static str; N],
    ) -> Option<Scene> {
        let consul = Consul::find()?.start();
        let (pool, told) = pool_of(pool, &discovery(&consul));
        let mut scene = Scene { calls: Calls::none(), backends: BTreeMap::new(), consul, pool, told };
        for name in instances {
            scene.start(name).await;
        }
        scene.until_endpoints(&instances).await;
        scene.calls = Calls::begin(&scene.pool);
        Some(scene)
    }

    /// One more instance, that passes.
    pub(crate) async fn start(&mut self, name: &'static str) {
        self.backends.insert(name, Backend::start().await);
        self.register(name, 1);
    }

    /// An instance is registered, or registered anew with another weight; it passes.
    pub(crate) fn register(&self, name: &str, weight: u32) {
        self.consul.register(&json!({
            "Name": "orders", "ID": name, "Address": "127.0.0.1", "Port": self.backends[name].address.port(),
            "Weights": { "Passing": weight, "Warning": 1 },
            "Check": { "Name": "alive", "TTL": "24h", "Status": "passing" },
        }));
        self.consul.check(name, "pass");
    }

    /// The server itself goes away.
    pub(crate) async fn stop(&mut self, name: &str) {
        self.backends.remove(name).expect("it was started").stop().await;
    }

    pub(crate) async fn until_endpoints(&self, names: &[&str]) {
        self.until(&format!("{names:?}"), |found| found.iter().map(|(name, _)| name).eq(names)).await;
    }

    pub(crate) async fn until_weights(&self, weights: &[(&str, u32)]) {
        let is_so = |found: &[(String, u32)]| {
            found.iter().map(|(name, weight)| (name.as_str(), *weight)).eq(weights.iter().copied())
        };
        self.until(&format!("{weights:?}"), is_so).await;
    }

    /// Waits until the pool has such endpoints; what is seen are the instances' names, sorted, and weights.
    async fn until(&self, what: &str, is_so: impl Fn(&[(String, u32)]) -> bool) {
        // By the server that it leads to: sources name endpoints in their own ways.
        let name_of = |address: &str| {
            let is_there = |(_, backend): &(_, &Backend)| backend.address.to_string() == address;
            self.backends.iter().find(is_there).map_or_else(|| address.to_owned(), |(name, _)| (*name).to_owned())
        };
        let found = || {
            let active = self.pool.pool().snapshot().endpoints.into_iter().filter(|one| one.active);
            let named = active.map(|one| (name_of(&one.endpoint.address), one.endpoint.weight));
            let mut named: Vec<_> = named.collect();
            named.sort();
            named
        };
        let waiting = async {
            while !is_so(&found()) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(AMPLE, waiting).await.is_ok(), "waited for {what}, and there are: {:?}", found());
    }

    pub(crate) async fn until_discovery_failed(&self, why: &str) {
        let waiting = async {
            while !self.told.last().is_some_and(|told| told.contains(why)) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(AMPLE, waiting).await.is_ok(), "waited for `{why}`, and was told: {:?}", self.told.last());
    }

    /// Watches many calls: each instance that is named serves its share of them, and those that are not serve none.
    pub(crate) async fn shares(&self, expected: &[(&str, u32)], bound: f64) {
        let counts = || self.backends.iter().map(|(name, backend)| (*name, backend.calls())).collect::<Vec<_>>();
        let (before, begun) = (counts(), self.calls.served());
        let waiting = async {
            while self.calls.served() < begun + ENOUGH {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(AMPLE, waiting).await.is_ok(), "calls are served: {:?}", self.calls.failed());
        let served: Vec<(&str, u64)> =
            counts().into_iter().zip(before).map(|((name, now), (_, then))| (name, now - then)).collect();
        let all: u64 = served.iter().map(|(_, count)| count).sum();
        let weights: u32 = expected.iter().map(|(_, weight)| weight).sum();
        for &(name, count) in &served {
            let weight = expected.iter().find(|(one, _)| *one == name).map_or(0, |(_, weight)| *weight);
            let (share, fair) = (100.0 * count as f64 / all as f64, 100.0 * f64::from(weight) / f64::from(weights));
            assert!((share - fair).abs() <= bound, "{name} has {share:.1} % and not {fair:.1} %: {served:?}");
        }
        self.assert_none_failed();
    }

    /// What a call is told that cannot be served.
    pub(crate) async fn refusal(&self) -> String {
        self.call().await.expect_err("nobody is there").message().to_owned()
    }

    /// A call is served.
    pub(crate) async fn serves(&self) {
        self.call().await.unwrap_or_else(|status| panic!("{status}"));
    }

    async fn call(&self) -> Result<(), Status> {
        HealthClient::new(self.pool.channel()).check(HealthCheckRequest::default()).await.map(drop)
    }

    pub(crate) async fn call_for(&self, time: Duration) {
        let before = self.calls.served();
        sleep(time).await;
        assert!(self.calls.served() > before);
        self.assert_none_failed();
    }

    #[track_caller]
    fn assert_none_failed(&self) {
        let failed = self.calls.failed();
        assert!(failed.is_empty(), "{} calls failed: {:?}", failed.len(), failed.first());
    }

    pub(crate) async fn end(self) {
        let (served, failed) = self.calls.end().await;
        println!("{served} calls were served, and {} failed", failed.len());
        assert!(served > 0 && failed.is_empty(), "{failed:?}");
    }
}

fn pool_of(pool: &str, discovery: &str) -> (GrpcPool, Arc<Told>) {
    let app = App::new();
    let text = format!("[pools.orders]\n{pool}\nconnector = {{ kind = \"grpc\" }}\ndiscovery = {discovery}\n");
    let config = Loader::new(&app).text("pool.toml", &text).load().unwrap_or_else(|error| panic!("{error}"));
    let config = &config.pools["orders"];
    let options = serde_json::from_value(config.connector.options.clone()).expect("checked by the loader");
    let told = Arc::new(Told::default());
    // As `Pools` would build it, but for the observer.
    let pool = Pool::builder(GrpcConnector::new(options).expect("good options"))
        .name("orders")
        .options(config.options.clone())
        .policies(config.policies(&app.policies).expect("they are there"))
        .discovery(config.discovery(&app.discoveries).expect("there is one").expect("good options"))
        .observer(Arc::clone(&told) as Arc<dyn Observer>)
        .build()
        .expect("good parts");
    (pool.into(), told)
}

/// What the pool said last of its source, if that failed.
#[derive(Debug, Default)]
struct Told(Mutex<Option<String>>);

impl Told {
    fn last(&self) -> Option<String> {
        self.0.lock().clone()
    }
}

impl Observer for Told {
    fn event(&self, _: &str, event: &Event, _: Time) {
        if let What::DiscoveryFailed { error } = &event.what {
            *self.0.lock() = Some(error.to_string());
        }
    }

    fn wants_leases(&self) -> bool {
        false
    }
}
