//! What the configuration may say, and what it is told.

use pool_connector_http::{ON_DEMAND, PLUGIN};
use pool_core::Endpoint;
use serde_json::{Value, json};

/// Where the mistake is, and what is said of it.
fn mistake(options: Value) -> (String, String) {
    let error = PLUGIN.normalize(options).expect_err("they make no sense");
    (error.path.join("."), error.message)
}

#[test]
fn defaults_are_filled_in_and_stay_what_they_are() {
    let normal = PLUGIN.normalize(json!({})).expect("all have defaults");
    assert_eq!(normal["version"], "auto");
    assert_eq!(normal["retry"], "once");
    assert_eq!(normal["response_timeout"], "never");
    assert_eq!(normal["origins"], json!({ "most": 1000, "forget_after": "1m 30s" }));
    assert_eq!(PLUGIN.normalize(normal.clone()).expect("good options"), normal);
    assert_eq!(ON_DEMAND.normalize(json!({})).expect("it has none"), json!({}));
}

#[test]
fn every_option_can_be_given() {
    let mut options = json!({
        "version": "http2",
        "host": "orders.internal:8080",
        "proxy": "http://me:s3cret@proxy:3128",
        "no_proxy": ["10.0.0.0/8", ".internal"],
        "response_timeout": "10s",
        "body_timeout": "20s",
        "retry": "until-fresh",
        "server_errors": "ok",
        "key_header": "x-tenant",
        "check_path": "/healthz",
        "socket": { "connect_timeout": "1s", "nodelay": false, "keepalive": "never" },
        "http1": { "max_headers": 10, "max_buffer": 8192, "title_case_headers": true },
        "http2": {
            "max_streams": 10, "stream_window": 65535, "connection_window": 65535, "adaptive_window": true,
            "max_frame": 16384, "max_header_list": 4096, "ping_interval": "30s", "ping_timeout": "5s",
            "ping_while_idle": true,
        },
        "origins": { "most": 10, "forget_after": "never" },
    });
    let normal = PLUGIN.normalize(options.clone()).expect("good options");
    // The password has a key of its own, by whose name it is known as a secret.
    options["proxy"] = json!({ "url": "http://proxy:3128", "user": "me", "password": "s3cret" });
    assert_eq!(normal, options);
    let kinds = ["kind", "version", "response_timeout"];
    assert!(kinds.iter().all(|key| PLUGIN.example.contains(key)), "{}", PLUGIN.example);
}

#[test]
fn mistakes_name_the_key() {
    for (options, key, part) in [
        (json!({ "versoin": "http1" }), "versoin", "version"),
        (json!({ "version": "http3" }), "version", "auto"),
        (json!({ "host": "a b" }), "host", "no host"),
        (json!({ "host": "me@a" }), "host", "no host"),
        (json!({ "proxy": "proxy:3128" }), "proxy", "scheme"),
        (json!({ "proxy": { "url": "http://a", "user": "a:b" } }), "proxy.user", "colon"),
        (json!({ "no_proxy": ["http://a"] }), "no_proxy", "http://a"),
        (json!({ "response_timeout": "0s" }), "response_timeout", "never"),
        (json!({ "body_timeout": "0s" }), "body_timeout", "never"),
        (json!({ "retry": "always" }), "retry", "once"),
        (json!({ "key_header": "x tenant" }), "key_header", "`x-tenant`"),
        (json!({ "check_path": "healthz" }), "check_path", "begins with `/`"),
        (json!({ "socket": { "keepalive": "1ms" } }), "socket.keepalive", "whole seconds"),
        (json!({ "http1": { "max_headers": 0 } }), "http1.max_headers", "less than 1"),
        (json!({ "http1": { "max_buffer": 100 } }), "http1.max_buffer", "8192"),
        (json!({ "http2": { "max_streams": 0 } }), "http2.max_streams", "less than 1"),
        (json!({ "http2": { "max_frame": 1 } }), "http2.max_frame", "16384"),
        (json!({ "http2": { "stream_window": 4_000_000_000_u32 } }), "http2.stream_window", "2147483647"),
        (json!({ "http2": { "ping_interval": "0s" } }), "http2.ping_interval", "zero"),
        (json!({ "http2": { "ping_timeout": "never" } }), "http2.ping_timeout", "20s"),
        (json!({ "origins": { "most": 0 } }), "origins.most", "from 1"),
        (json!({ "tls": { "roots": "/nowhere.pem" } }), if cfg!(feature = "tls") { "tls.roots" } else { "tls" }, ""),
    ] {
        let (path, message) = mistake(options.clone());
        assert!(path == key || (path.is_empty() && message.contains(key)), "{options}: {path}: {message}");
        assert!(message.contains(part), "{options}: {message}");
    }
}

#[test]
fn addresses_of_the_wrong_form_are_refused_at_once() {
    let check = |options, address: &str| PLUGIN.check_endpoint(options, &Endpoint::new(address));
    for address in ["http://10.0.0.1:8080", "10.0.0.1:8080", "unix:/run/app.sock", "http://[::1]"] {
        check(json!({}), address).expect(address);
    }
    for (address, part) in [
        ("http://a/path", "no path"),
        ("ftp://a", "`http` or `https`"),
        ("http://me:s3cret@a", "no user"),
        ("http://a:port", "looks like"),
    ] {
        let error = check(json!({}), address).expect_err(address);
        assert_eq!(error.path, ["address"]);
        assert!(error.message.contains(part) && !error.message.contains("s3cret"), "{error:?}");
    }
    let mut endpoint = Endpoint::new("a");
    endpoint.metadata.insert("http_version".to_owned(), "3".to_owned());
    let error = PLUGIN.check_endpoint(json!({}), &endpoint).expect_err("there is no such version here");
    assert_eq!(error.path, ["metadata", "http_version"]);
    let secure = check(json!({}), "https://a");
    if cfg!(feature = "tls") {
        secure.expect("TLS is built in");
    } else {
        assert!(secure.expect_err("TLS is not built in").message.contains("cargo feature `tls`"));
    }
}

/// The keys of a table's schema, those of tables in it with theirs before them.
fn keys(schema: &Value, definitions: &Value, prefix: &str) -> Vec<String> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let of_each = properties.flat_map(|(key, value)| {
        let name = format!("{prefix}{key}");
        let alternatives = value["anyOf"].as_array().map_or(vec![value], |all| all.iter().collect());
        let table = alternatives.into_iter().find_map(|one| {
            let reference = one["$ref"].as_str()?.rsplit('/').next()?;
            definitions[reference].get("properties").map(|_| &definitions[reference])
        });
        match table {
            Some(table) => keys(table, definitions, &format!("{name}.")),
            None => vec![name],
        }
    });
    of_each.collect()
}

#[test]
fn the_guide_names_every_option() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/http.md"));
    let guide = guide.expect("there is a guide");
    let mut generator = schemars::SchemaGenerator::default();
    let schema = generator.root_schema_for::<pool_connector_http::HttpOptions>().to_value();
    let all = keys(&schema, &schema["$defs"], "");
    assert!(all.len() > 25 && all.contains(&"http2.ping_interval".to_owned()), "{all:?}");
    for key in all {
        // The proxy's three are told in one line.
        let (table, last) = key.rsplit_once('.').unwrap_or(("", &key));
        let name = if table == "proxy" { last } else { &key };
        assert!(guide.contains(&format!("`{name}`")), "the guide does not name `{key}`");
    }
}
