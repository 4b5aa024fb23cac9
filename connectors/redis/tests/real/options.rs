//! What the connector can be told, and what it refuses.

use std::path::Path;

use pool_connector_redis::{PLUGIN, RedisConnector, RedisOptions, ResetWhen, Resp, Secret};
use pool_connector_tcp::TlsOptions;
use pool_core::{Endpoint, HumanDuration};
use serde_json::json;

#[test]
fn an_empty_table_is_the_default() {
    let parsed: RedisOptions = serde_json::from_value(json!({})).expect("all have defaults");
    assert_eq!(parsed, RedisOptions::default());
    let expected = json!({
        "database": 0, "protocol": "resp2", "response_timeout": "5s", "reset": "dirty",
        "socket": { "connect_timeout": "never", "nodelay": true, "keepalive": "1m" },
    });
    assert_eq!(serde_json::to_value(&parsed).expect("plain data"), expected);
}

#[test]
fn every_option_is_read_and_written_as_it_was() {
    let full = json!({
        "database": 3, "username": "app", "password": "p", "protocol": "resp3", "client_name": "orders",
        "response_timeout": "never", "reset": "always", "multiplex": 8,
        "socket": { "connect_timeout": "250ms", "nodelay": false, "keepalive": "never" },
        "tls": { "roots": "ca.pem" },
    });
    let parsed: RedisOptions = serde_json::from_value(full.clone()).expect("good options");
    assert_eq!((parsed.database, parsed.protocol, parsed.reset), (3, Resp::Resp3, ResetWhen::Always));
    assert_eq!((parsed.password.as_ref().map(Secret::reveal), parsed.multiplex), (Some("p"), Some(8)));
    assert_eq!(serde_json::to_value(&parsed).expect("plain data"), full);
}

#[test]
fn a_password_is_not_seen() {
    let mut options = RedisOptions::default();
    options.password = Some("tell-nobody".into());
    let connector = RedisConnector::new(options.clone()).expect("good options");
    let seen = format!("{options:?} {connector:?} {:?} {}", options.password, Secret::from("tell-nobody"));
    assert!(!seen.contains("tell-nobody") && seen.contains("***"), "{seen}");
}

#[test]
fn mistakes_name_their_key() {
    for (wrong, begin) in [
        (json!({ "password": "a", "password_file": "b" }), "password_file: "),
        (json!({ "response_timeout": "0s" }), "response_timeout: "),
        (json!({ "multiplex": 0 }), "multiplex: "),
        (json!({ "client_name": "two words" }), "client_name: "),
        (json!({ "client_name": "" }), "client_name: "),
        (json!({ "socket": { "keepalive": "1ms" } }), "socket.keepalive: "),
        (json!({ "socket": { "connect_timeout": "0s" } }), "socket.connect_timeout: "),
        (json!({ "databse": 1 }), "databse: unknown field"),
        (json!({ "protocol": "resp4" }), "protocol: unknown variant"),
        (json!({ "database": -1 }), "database: invalid value"),
    ] {
        let error = PLUGIN.normalize(wrong.clone()).expect_err("it makes no sense").to_string();
        assert!(error.starts_with(begin), "{wrong}: {error}");
    }
}

#[test]
fn addresses_are_looked_at_before_anything_is_dialed() {
    let options = || json!({ "username": "app" });
    let check = |options, address: &str| PLUGIN.check_endpoint(options, &Endpoint::new(address));
    check(json!({}), "redis://localhost/3").expect("a good address");
    let error = check(json!({}), "localhost").expect_err("no port").to_string();
    assert!(error.starts_with("address: ") && error.contains("redis://localhost:6379"), "{error}");
    let error = check(options(), "localhost:6379").expect_err("no password").to_string();
    assert!(error.contains("a user needs a password"), "{error}");
    check(options(), "redis://:secret@localhost:6379").expect("a password");
}

#[test]
fn a_password_in_a_bad_address_is_not_seen() {
    for address in [
        "redis://:hush/puppy@localhost:6379/0",
        "redis://:hush?puppy@localhost:6379/0",
        "redis://:hush#puppy@localhost:6379/0",
        "redis://:hush?protocol=puppy@localhost:6379",
        "redis://:hush@puppy/hush@localhost:6379",
        "redis://:hu@sh?db=hush@localhost/0",
        "redis://me:12/hush@localhost:6379",
        "redis://me:hush%zz/puppy@localhost:6379",
        "rediss://:hush/puppy@localhost:6379",
        "redis:///:hush@localhost:6379",
        "redis:/:hush@localhost:6379",
        "redis//:hush@localhost:6379",
        ":hush://puppy@localhost:6379",
        "me:hush@localhost:6379",
        "redis://localhost:6379?password=hush",
        "redis://localhost:6379?hush",
        "redis+unix:///r.sock?db=1&PASS=hush;puppy",
        "redis+unix:///r.sock?p%61ss=hush",
        "redis+unix:///r.sock?db=1;pass=hush",
        "redis+unix://:hush@/r.sock",
        "redis+unix://:hush?puppy@/r.sock",
        "redis+unix://me:hush/puppy@/r.sock",
        "unix://:hush@/r.sock",
    ] {
        let error = RedisConnector::check_address(&RedisOptions::default(), address).expect_err(address);
        let refused = PLUGIN.check_endpoint(json!({}), &Endpoint::new(address)).expect_err(address);
        let seen = format!("{error} {error:?} {refused} {refused:?}");
        assert!(!seen.contains("hush") && !seen.contains("puppy"), "{address}: {seen}");
    }
}

#[test]
fn a_password_that_must_be_escaped_is_told_how() {
    for address in ["redis://:a/b@localhost:6379/0", "redis://:a?b@localhost", "rediss://me:a#b@localhost"] {
        let error = RedisConnector::check_address(&RedisOptions::default(), address).expect_err(address).to_string();
        assert!(error.contains("%2F") && error.contains("%3F") && error.contains("%23"), "{error}");
    }
    // As it is meant.
    RedisConnector::check_address(&RedisOptions::default(), "redis://:a%2Fb%3Fc%23d@localhost").expect("escaped");
}

#[test]
fn paths_are_meant_from_the_configuration() {
    let mut options = RedisOptions::default();
    options.password_file = Some("secrets/redis".into());
    options.tls = Some(TlsOptions::new("ca.pem"));
    let options = options.relative_to(Path::new("/etc/pool"));
    assert_eq!(options.password_file.as_deref(), Some(Path::new("/etc/pool/secrets/redis")));
    assert_eq!(options.tls, Some(TlsOptions::new("/etc/pool/ca.pem")));
    assert_eq!(options.response_timeout, HumanDuration::from_secs(5));
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_that_is_not_built_in_says_how_to_get_it() {
    let mut options = RedisOptions::default();
    options.tls = Some(TlsOptions::new("ca.pem"));
    let error = RedisConnector::new(options).expect_err("no TLS").to_string();
    assert!(error.starts_with("tls: ") && error.contains("cargo feature `tls`"), "{error}");
    let error = PLUGIN.check_endpoint(json!({}), &Endpoint::new("rediss://localhost")).expect_err("no TLS").to_string();
    assert!(error.contains("cargo feature `tls`"), "{error}");
}
