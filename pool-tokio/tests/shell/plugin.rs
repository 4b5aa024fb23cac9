//! Pools whose connector comes from a configuration.

use std::sync::Arc;

use pool_core::{OptionError, PoolOptions};
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
}

impl ConnectorFactory for Factory {
    const KIND: &'static str = "scripted";
    const SUMMARY: &'static str = "connections made of nothing";
    const EXAMPLE: &'static str = "kind = \"scripted\"";
    const CRATE: &'static str = env!("CARGO_PKG_NAME");
    type Options = Options;
    type Connector = Scripted;

    fn build(options: Options) -> Result<Scripted, OptionError> {
        if options.capacity > 100 {
            return Err(OptionError::new("capacity", "more than 100"));
        }
        let connector = Scripted::new();
        connector.script().capacity = (options.capacity > 0).then_some(options.capacity);
        Ok(connector)
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
