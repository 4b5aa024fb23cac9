//! Every preset makes a pool that serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clearpool::connector::TcpConnector;
use clearpool::core::{ConnectCx, Connector};
use clearpool::{App, Pool, presets};
use clearpool_servers::serve_holding;

use super::names;
use super::reloaded::pools_of;

#[derive(Clone, Default)]
struct Counted(Arc<AtomicU32>);

impl Connector for Counted {
    type Connection = u32;
    type Error = Infallible;

    async fn connect(&self, _: &ConnectCx<'_>) -> Result<u32, Infallible> {
        Ok(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_pool_in_code_serves_two_at_once_and_lends_again_what_its_preset_keeps() {
    for preset in presets::all() {
        let name = preset.name();
        let (options, policies) = preset.parts(&App::new()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let pool = Pool::builder(Counted::default()).endpoints(["a:1"]).options(options).policies(policies);
        let pool = pool.build().unwrap_or_else(|error| panic!("{name}: {error}"));
        let first = pool.acquire().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let number = *first;
        if name != "consul-grpc" {
            let second = pool.acquire().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_ne!(*second, number, "{name}");
        }
        drop(first);
        let again = pool.acquire().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        // redigo keeps nothing by default, which is what surprises those who come to it.
        let keeps = name != "redigo";
        assert_eq!(again.uses() > 1, keeps, "{name}");
    }
}

#[tokio::test]
async fn a_pool_of_a_configuration_serves() {
    let address = serve_holding();
    let pool = |name| {
        format!("[pools.{name}]\npreset = \"{name}\"\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"{address}\"]\n")
    };
    let text: String = names().map(pool).collect();
    let (_, pools) = pools_of(&text);
    for name in names() {
        let pool = pools.get::<TcpConnector>(name).expect("it is there");
        let lease = pool.acquire().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(lease.uses(), 1, "{name}");
    }
}

#[test]
fn an_application_without_the_policies_is_told() {
    let preset = presets::get("redigo").expect("one of ours");
    let error = preset.parts(&App::bare()).expect_err("there is no policy at all").to_string();
    assert!(error.contains("there is no acquire policy called `lifo`"), "{error}");
    assert!(error.contains("--> preset redigo:"), "{error}");
}
