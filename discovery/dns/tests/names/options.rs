//! What the source can be told.

use pool_discovery_dns::{DnsDiscovery, DnsOptions, Family};
use serde_json::json;

#[test]
fn options_are_read_and_refused() {
    let parse = |json: serde_json::Value| serde_json::from_value::<DnsOptions>(json);
    let options = parse(json!({ "name": "orders.example:80" })).expect("enough");
    assert_eq!(options, DnsOptions::new("orders.example:80"));
    assert!(parse(json!({})).expect_err("no name").to_string().contains("`name`"));
    let unknown = parse(json!({ "name": "a:1", "server": "10.0.0.2" })).expect_err("unknown").to_string();
    assert!(unknown.contains("`server`") && unknown.contains("`servers`"), "{unknown}");
    let family = parse(json!({ "name": "a:1", "family": "prefer-v6" })).expect("good").family;
    assert_eq!(family, Family::PreferV6);

    for (options, key) in [
        (json!({ "name": "orders.example" }), "name"),
        (json!({ "name": "orders.example:80", "records": "srv" }), "name"),
        (json!({ "name": "a:1", "servers": ["ns.example"] }), "servers"),
        (json!({ "name": "a:1", "timeout": "0s" }), "timeout"),
        (json!({ "name": "a:1", "timeout": "never" }), "timeout"),
        (json!({ "name": "a:1", "min_interval": "10ms" }), "min_interval"),
        (json!({ "name": "a:1", "min_interval": "never", "max_interval": "never" }), "min_interval"),
        (json!({ "name": "a:1", "max_interval": "1s" }), "max_interval"),
        (json!({ "name": "a:1", "max_interval": "never" }), "max_interval"),
    ] {
        let error = DnsDiscovery::new(parse(options.clone()).expect("well-formed")).expect_err("no sense");
        assert_eq!(error.path.join("."), key, "{options}: {error}");
    }
}
