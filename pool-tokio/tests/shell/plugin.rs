//! Pools whose connector comes from a configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pool_core::{Discovery, DiscoveryFuture, Endpoint, OptionError, PoolOptions};
use pool_tokio::{AnyPool, ConnectorFactory, ConnectorPlugin, PoolParts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::script::{Scripted, ms};

struct Factory;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// How many leases a connection can serve at once; 0: one, alone.
    #[serde(default)]
    capacity: u32,
    /// A file that is relative to the configuration's.
    #[serde(default)]
    file: PathBuf,
}

impl ConnectorFactory for Factory {
    const KIND: &'static str = "scripted";
    const SUMMARY: &'static str = "connections made of nothing";
    const EXAMPLE: &'static str = "kind = \"scripted\"";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Connector = Scripted;

    fn build(options: Options) -> Result<Scripted, OptionError> {
        if options.capacity > 100 {
            return Err(OptionError::new("capacity", "more than 100"));
        }
        if options.file.is_relative() && options.file != Path::new("") {
            return Err(OptionError::new("file", format!("{} is not from the base", options.file.display())));
        }
        let connector = Scripted::new();
        connector.script().capacity = (options.capacity > 0).then_some(options.capacity);
        Ok(connector)
    }

    fn relative_to(options: Options, base: &Path) -> Options {
        Options { file: base.join(&options.file), ..options }
    }

    fn check_endpoint(_: &Options, endpoint: &Endpoint) -> Result<(), OptionError> {
        match endpoint.address.contains(':') {
            true => Ok(()),
            false => Err(OptionError::new("address", format!("`{}` has no port", endpoint.address))),
        }
    }
}

const PLUGIN: ConnectorPlugin = ConnectorPlugin::of::<Factory>();

fn parts() -> PoolParts {
    PoolParts { name: "orders".to_owned(), endpoints: vec!["a:1".into()], ..PoolParts::default() }
}

#[tokio::test]
async fn a_plugin_builds_a_pool_of_its_connector() {
    let any = PLUGIN.build(json!({ "capacity": 2 }), parts()).expect("sound");
    assert_eq!(any.name(), "orders");
    let pool = any.downcast::<Scripted>().expect("it is one");
    let (a, b) = (pool.acquire().await.expect("1"), pool.acquire().await.expect("2"));
    assert_eq!((a.id, b.id, any.leases().len()), (0, 0, 2), "each lease is listed, also those on one connection");
    drop((a, b, pool));
    let any: Arc<dyn AnyPool> = any;
    any.resize(3).expect("sound");
    assert_eq!(any.snapshot().max_open, 3);
    assert!(any.drain(ms(1000)).await.drained);
}

#[test]
fn every_mistake_is_told_at_once() {
    let mut options = PoolOptions::default();
    options.limits.max_open = 0;
    let error = PLUGIN.build(json!({ "capacity": 200 }), PoolParts { options, ..parts() }).expect_err("two mistakes");
    let paths: Vec<_> = error.found.iter().map(|mistake| mistake.path.join(".")).collect();
    assert_eq!(paths, ["connector.capacity", "limits.max_open"]);
    let error = PLUGIN.build(json!({ "capacty": 2 }), parts()).expect_err("unknown key");
    assert_eq!(error.found.len(), 1);
    assert_eq!(error.found[0].path[0], "connector");
}

#[test]
fn relative_paths_of_a_connector_are_meant_from_the_base_and_stay_as_written() {
    let base = std::env::current_dir().expect("a directory");
    let normal = PLUGIN.normalize_in(&base, json!({ "file": "roots.pem" })).expect("it has a base");
    assert_eq!(normal["file"], "roots.pem");
    let error = PLUGIN.normalize(json!({ "file": "roots.pem" })).expect_err("it has none");
    assert_eq!(error.path, ["file"]);
    assert!(PLUGIN.build_in(&base, json!({ "file": "roots.pem" }), parts()).is_ok());
}

/// Says one set, and is silent then.
#[derive(Debug)]
struct Once(Option<Vec<Endpoint>>);

impl Discovery for Once {
    fn next(&mut self) -> DiscoveryFuture<'_> {
        Box::pin(async {
            match self.0.take() {
                Some(set) => Ok(set),
                None => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn an_address_from_discovery_that_the_connector_cannot_take_is_told() {
    let source = Box::new(Once(Some(vec!["a:1".into(), "b".into()])));
    let parts = PoolParts { endpoints: Vec::new(), discovery: Some(source), ..parts() };
    let pool = PLUGIN.build(json!({}), parts).expect("sound").downcast::<Scripted>().expect("it is one");
    let error = pool.acquire().await.expect_err("no set that can be dialed").to_string();
    assert!(error.contains("endpoints.1.address: `b` has no port"), "{error}");
}

#[test]
fn all_that_is_wrong_with_a_set_from_discovery_is_found() {
    let set = [Endpoint::new("a:1").weight(0), Endpoint::new("a:1").weight(0), Endpoint::new("b").weight(0)];
    let found = PLUGIN.mistakes_in(&json!({}), &set);
    let paths: Vec<_> = found.iter().map(|mistake| mistake.path.join(".")).collect();
    assert_eq!(paths, ["endpoints.1", "endpoints", "endpoints.2.address"]);
    assert!(PLUGIN.mistakes_in(&json!({}), &["a:1".into()]).is_empty());
}
