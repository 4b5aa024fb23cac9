//! Unix sockets.

use std::io;

use pool_connector_tcp::{TcpConnector, TcpError};
use pool_core::{Connector, ErrorClass};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::dial;

#[tokio::test]
async fn a_unix_socket_is_a_connection_like_another() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("orders.sock");
    let listener = UnixListener::bind(&path).expect("a new socket");
    let connector = TcpConnector::default();
    let address = format!("unix:{}", path.display());

    let mut ours = dial(&connector, &address).await.expect("it listens");
    let (mut theirs, _) = listener.accept().await.expect("one has connected");
    assert_eq!(ours.peer(), address);
    assert!(connector.is_open(&mut ours));
    ours.write_all(b"x").await.expect("open");
    assert_eq!(theirs.read_u8().await.expect("sent"), b'x');
    theirs.write_all(b"y").await.expect("open");
    assert!(!connector.is_open(&mut ours), "unread");
    assert_eq!(ours.read_u8().await.expect("sent"), b'y');
    assert!(connector.is_open(&mut ours));
    drop(theirs);
    assert!(!connector.is_open(&mut ours), "closed");
}

#[tokio::test]
async fn a_socket_that_is_not_there_yet_may_come() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("none.sock");
    let connector = TcpConnector::default();
    let error = dial(&connector, &format!("unix:{}", path.display())).await.expect_err("nothing is there");
    let TcpError::Connect { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("none.sock"), "{error}");
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
}

#[tokio::test]
async fn a_path_that_cannot_be_a_socket_is_permanent() {
    let connector = TcpConnector::default();
    let error = dial(&connector, &format!("unix:/{}", "x".repeat(200))).await.expect_err("too long");
    assert_eq!(connector.classify(&error), ErrorClass::Permanent, "{error}");
}
