//! What can be configured, and what is refused.

use std::path::Path;

use pool_connector_grpc::{GrpcConnector, GrpcOptions, PLUGIN};
use pool_core::{Connector, Endpoint, Protocol};
use serde_json::json;

#[test]
fn options_are_read_and_written() {
    let options = json!({
        "max_streams": 20,
        "health": { "service": "orders", "watch": true },
        "keep_alive": { "interval": "5m", "while_idle": true },
        "socket": { "connect_timeout": "1s" },
        "authority": "orders.example",
        "user_agent": "shop/1",
        "key_header": "x-tenant",
        "call_timeout": "10s",
        "broken_on": "any-error",
    });
    let normal = PLUGIN.normalize(options).expect("good options");
    assert_eq!(normal["health"], json!({ "service": "orders", "watch": true }));
    assert_eq!(normal["keep_alive"], json!({ "interval": "5m", "timeout": "20s", "while_idle": true }));
    assert_eq!(PLUGIN.normalize(normal.clone()).expect("good options"), normal);
    let plain = serde_json::to_value(GrpcOptions::default()).expect("options");
    assert_eq!(PLUGIN.normalize(json!({})).expect("all have defaults"), plain);
}

#[test]
fn a_mistake_names_its_key() {
    for (options, path, why) in [
        (json!({ "max_streams": 0 }), "max_streams", "at least 1"),
        (json!({ "max_stream": 1 }), "max_stream", "unknown field"),
        (json!({ "keep_alive": { "interval": "0s" } }), "keep_alive.interval", "\"5m\""),
        (json!({ "keep_alive": { "timeout": "0s" } }), "keep_alive.timeout", "\"20s\""),
        (json!({ "keep_alive": { "timeout": "never" } }), "keep_alive.timeout", "\"20s\""),
        (json!({ "call_timeout": "0s" }), "call_timeout", "\"never\""),
        (json!({ "health": { "servise": "" } }), "health.servise", "unknown field"),
        (json!({ "socket": { "connect_timeout": "0s" } }), "socket.connect_timeout", "\"never\""),
        (json!({ "authority": "a b" }), "authority", "for example"),
        (json!({ "authority": "me:secret@orders" }), "authority", "no place for a user"),
        (json!({ "user_agent": "a\nb" }), "user_agent", "no header can have"),
        (json!({ "key_header": "x tenant" }), "key_header", "`x-tenant`"),
        (json!({ "broken_on": "tuesdays" }), "broken_on", "unknown variant"),
    ] {
        let mistake = PLUGIN.normalize(options.clone()).expect_err(path);
        assert_eq!(mistake.path.join("."), path, "{options}");
        assert!(mistake.message.contains(why), "{options}: {mistake}");
    }
}

#[test]
fn an_address_of_another_form_is_refused_at_once() {
    let check = |options, address| PLUGIN.check_endpoint(options, &Endpoint::new(address));
    for address in ["orders:7001", "http://orders:7001", "http://orders", "[::1]:7001", "unix:/run/orders.sock"] {
        check(json!({}), address).expect(address);
    }
    for address in ["orders", "ftp://orders:7001", "http://orders:7001/v1", "http://me:secret@orders"] {
        let mistake = check(json!({}), address).expect_err(address);
        assert_eq!(mistake.path, ["address"]);
        assert!(!mistake.message.contains("secret"), "{mistake}");
    }
    let https = check(json!({}), "https://orders");
    assert_eq!(https.is_ok(), cfg!(feature = "tls"), "{https:?}");
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls_it_says_how_to_get_it() {
    let mistake = PLUGIN.normalize(json!({ "tls": {} })).expect_err("it is not built in");
    assert_eq!(mistake.path, ["tls"]);
    assert!(mistake.message.contains("cargo feature `tls`"), "{mistake}");
}

#[test]
fn paths_are_meant_from_the_configuration_file() {
    let options: GrpcOptions = serde_json::from_value(json!({ "tls": { "roots": "roots.pem" } })).expect("options");
    let tls = options.relative_to(Path::new("/etc/shop")).tls.expect("given");
    assert_eq!(tls.roots.as_deref(), Some(Path::new("/etc/shop/roots.pem")));
}

#[test]
fn what_is_spoken_is_said() {
    assert_eq!(GrpcConnector::default().protocol(), Protocol::named("http").rpc("grpc"));
    assert_eq!(PLUGIN.kind, "grpc");
}
