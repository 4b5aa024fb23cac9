//! How a dial succeeds and fails.

use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use pool_connector_tcp::{TcpConnection, TcpConnector, TcpError};
use pool_core::{Connector, ErrorClass, HumanDuration};
use socket2::{Domain, Socket, Type};

use crate::{connector, dial, dial_within, listen};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_name_leads_to_one_of_its_addresses() {
    let (listener, address) = listen().await;
    let port = listener.local_addr().expect("bound").port();
    let made = dial(&TcpConnector::default(), &format!("localhost:{port}")).await.expect("it listens");
    assert_eq!(made.peer(), format!("localhost:{port} ({address})"));
    assert!(!made.is_tls());
}

#[tokio::test]
async fn a_connection_is_plain_and_may_move_to_another_thread() {
    fn fits<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + Sync + 'static>(_: &T) {}
    let (_listener, address) = listen().await;
    let made: TcpConnection = dial(&TcpConnector::default(), &address).await.expect("it listens");
    fits(&made);
    assert_eq!(made.peer(), address);
}

#[tokio::test]
async fn a_dead_port_refuses_and_may_be_tried_again() {
    let (listener, address) = listen().await;
    drop(listener);
    let connector = TcpConnector::default();
    let error = dial(&connector, &address).await.expect_err("nobody listens");
    let TcpError::Connect { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&address), "{error}");
    assert!(error.source().is_some());
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
}

#[tokio::test]
async fn a_listener_that_never_accepts_takes_no_longer_than_the_limit() {
    let full = Full::listen();
    let connector = connector(|options| options.connect_timeout = SHORT.into());
    let error = timed(dial(&connector, &full.address).await.expect_err("there is no room"), &connector);
    assert_eq!(error, format!("connecting to {} took longer than 150ms", full.address));
}

#[tokio::test]
async fn the_time_of_the_dial_holds_as_well() {
    let full = Full::listen();
    let connector = TcpConnector::default();
    let error = timed(dial_within(&connector, &full.address, SHORT).await.expect_err("no room"), &connector);
    assert!(error.contains("150ms"), "{error}");
}

#[tokio::test]
async fn never_waits_as_long_as_the_pool_lets_it() {
    let full = Full::listen();
    let connector = connector(|options| options.connect_timeout = HumanDuration::NEVER);
    let endless = dial_within(&connector, &full.address, Duration::MAX);
    assert!(tokio::time::timeout(SHORT, endless).await.is_err());
}

#[tokio::test]
async fn a_bad_address_is_not_tried_again() {
    let connector = TcpConnector::default();
    for address in ["nonsense", "localhost:port", "http://localhost:80/", ""] {
        let error = dial(&connector, address).await.expect_err(address);
        assert!(matches!(error, TcpError::Address { .. }), "{error:?}");
        assert_eq!(connector.classify(&error), ErrorClass::Permanent, "{error}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_knows_may_be_known_later() {
    let connector = TcpConnector::default();
    let error = dial(&connector, "no-such-host.invalid:80").await.expect_err("never registered");
    assert!(matches!(error, TcpError::Resolve { .. } | TcpError::Timeout { .. }), "{error:?}");
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
}

#[test]
fn what_no_retry_can_heal_is_permanent() {
    let connector = TcpConnector::default();
    let class =
        |kind: io::ErrorKind| connector.classify(&TcpError::Connect { address: "a:1".into(), source: kind.into() });
    for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported] {
        assert_eq!(class(kind), ErrorClass::Permanent, "{kind}");
    }
    for kind in [
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::TimedOut,
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::AddrNotAvailable,
    ] {
        assert_eq!(class(kind), ErrorClass::Transient, "{kind}");
    }
}

#[track_caller]
fn timed(error: TcpError, connector: &TcpConnector) -> String {
    assert!(matches!(error, TcpError::Timeout { .. }), "{error:?}");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
    error.to_string()
}

/// A listener whose backlog is full: the system answers no more connections.
struct Full {
    address: String,
    _listener: TcpListener,
    _waiting: Vec<Socket>,
}

impl Full {
    fn listen() -> Full {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        let any: std::net::SocketAddr = "127.0.0.1:0".parse().expect("an address");
        socket.bind(&any.into()).expect("a free port");
        socket.listen(0).expect("bound");
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().expect("bound");
        let waiting = (0..8).map(|_| knock(&address.into())).collect();
        Full { address: address.to_string(), _listener: listener, _waiting: waiting }
    }
}

/// Asks for a connection and does not wait for it.
fn knock(address: &socket2::SockAddr) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_nonblocking(true).expect("a socket");
    let _ = socket.connect(address);
    socket
}
