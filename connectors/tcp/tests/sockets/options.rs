//! What the connector can be told, and what it refuses.

use std::path::Path;
use std::time::Duration;

use pool_connector_tcp::{TcpConnection, TcpConnector, TcpOptions, TlsOptions, Unread};
use pool_core::HumanDuration;
use serde_json::json;
use socket2::SockRef;

use crate::{connector, pair};

fn refused(change: impl FnOnce(&mut TcpOptions)) -> String {
    let mut options = TcpOptions::default();
    change(&mut options);
    TcpConnector::new(options).expect_err("these options make no sense").to_string()
}

#[test]
fn an_empty_table_is_the_default() {
    let parsed: TcpOptions = serde_json::from_value(json!({})).expect("all have defaults");
    assert_eq!(parsed, TcpOptions::default());
    let full = serde_json::to_value(&parsed).expect("plain data");
    let expected = json!({ "connect_timeout": "never", "nodelay": true, "keepalive": "1m", "unread": "closed" });
    assert_eq!(full, expected);
}

#[test]
fn every_option_is_read() {
    let parsed: TcpOptions = serde_json::from_value(json!({
        "connect_timeout": "250ms", "nodelay": false, "keepalive": "never", "unread": "keep",
        "tls": { "roots": "ca.pem", "server_name": "orders", "client_certificate": "me.pem", "client_key": "me.key" },
    }))
    .expect("good options");
    assert_eq!(parsed.connect_timeout, HumanDuration::from_millis(250));
    assert!(!parsed.nodelay && parsed.keepalive.is_never());
    assert_eq!(parsed.unread, Unread::Keep);
    assert_eq!(parsed.tls, Some(TlsOptions::new("ca.pem").server_name("orders").client("me.pem", "me.key")));
}

#[test]
fn paths_are_meant_from_the_configuration() {
    let tls = TlsOptions::new("ca.pem").client("/abs/me.pem", "me.key").relative_to(Path::new("/etc/pool"));
    assert_eq!(tls, TlsOptions::new("/etc/pool/ca.pem").client("/abs/me.pem", "/etc/pool/me.key"));
}

#[test]
fn an_unknown_option_is_refused() {
    for wrong in [json!({ "no_delay": true }), json!({ "tls": { "roots": "ca.pem", "verify": false } })] {
        let error = serde_json::from_value::<TcpOptions>(wrong).expect_err("unknown").to_string();
        assert!(error.contains("unknown field") && error.contains("expected"), "{error}");
    }
}

#[test]
fn times_that_make_no_sense_are_refused() {
    for wrong in ["0s", "500ms", "1s 1ms", "32768s"] {
        let error = refused(|options| options.keepalive = serde_json::from_value(json!(wrong)).expect(wrong));
        assert!(error.starts_with("keepalive: ") && error.contains("never"), "{wrong}: {error}");
    }
    let error = refused(|options| options.connect_timeout = HumanDuration::ZERO);
    assert!(error.starts_with("connect_timeout: "), "{error}");
}

#[cfg(not(feature = "tls"))]
#[test]
fn tls_that_is_not_built_in_says_how_to_get_it() {
    let error = refused(|options| options.tls = Some(TlsOptions::new("ca.pem")));
    assert!(error.starts_with("tls: ") && error.contains("cargo feature `tls`"), "{error}");
}

#[tokio::test]
async fn the_socket_is_set_as_told() {
    let (plain, _theirs) = pair(&TcpConnector::default()).await;
    assert_eq!(set(&plain), (true, Some(Duration::from_secs(60))));

    let other = connector(|options| {
        options.nodelay = false;
        options.keepalive = HumanDuration::NEVER;
    });
    let (plain, _theirs) = pair(&other).await;
    assert_eq!(set(&plain), (false, None));

    let longest = connector(|options| options.keepalive = HumanDuration::from_secs(32767));
    let (plain, _theirs) = pair(&longest).await;
    assert_eq!(set(&plain), (true, Some(Duration::from_secs(32767))));
}

/// Whether small writes leave at once, and after how long probes begin.
fn set(connection: &TcpConnection) -> (bool, Option<Duration>) {
    let socket = SockRef::from(connection);
    let probes = socket.keepalive().expect("a socket").then(|| socket.tcp_keepalive_time().expect("a socket"));
    (socket.tcp_nodelay().expect("a socket"), probes)
}
