//! What becomes visible on an idle connection, at once and without waiting.
//!
//! Nothing is awaited between what the peer does and the look, so the reactor has no chance to
//! learn of it: the socket itself must have been asked.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use pool_connector_tcp::{TcpConnector, TcpError, Unread};
use pool_core::{CloseReason, Connector};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{connector, pair};

#[tokio::test]
async fn a_silent_connection_is_open_and_works_both_ways() {
    let connector = TcpConnector::default();
    let (mut ours, mut theirs) = pair(&connector).await;
    for round in 0..3u8 {
        assert!(connector.is_open(&mut ours), "before round {round}");
        ours.write_all(&[round]).await.expect("open");
        assert_eq!(theirs.read_u8().await.expect("sent"), round);
        theirs.write_all(&[round + 100]).await.expect("open");
        assert_eq!(ours.read_u8().await.expect("sent"), round + 100);
    }
    assert!(connector.check(&mut ours).await.is_ok());
}

#[tokio::test]
async fn a_peer_that_closes_is_seen_at_once() {
    let connector = TcpConnector::default();
    let (mut ours, theirs) = pair(&connector).await;
    drop(theirs);
    assert!(!connector.is_open(&mut ours));
    let error = connector.check(&mut ours).await.expect_err("closed");
    assert!(matches!(error, TcpError::Closed { .. }), "{error:?}");
    assert!(error.to_string().contains(ours.peer()), "{error}");
}

#[tokio::test]
async fn a_peer_that_shuts_down_its_writing_is_closed() {
    let connector = TcpConnector::default();
    let (mut ours, mut theirs) = pair(&connector).await;
    theirs.shutdown().await.expect("open");
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn a_reset_is_seen_at_once() {
    let connector = TcpConnector::default();
    let (mut ours, theirs) = pair(&connector).await;
    SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).expect("a socket lingers as told");
    drop(theirs);
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn unread_bytes_make_it_unfit() {
    let connector = TcpConnector::default();
    let (mut ours, theirs) = pair(&connector).await;
    send_now(&theirs, b"the rest of an answer");
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn unread_bytes_are_kept_where_the_options_say_so() {
    let connector = connector(|options| options.unread = Unread::Keep);
    let (mut ours, theirs) = pair(&connector).await;
    send_now(&theirs, b"hello");
    assert!(connector.is_open(&mut ours));
    assert!(connector.is_open(&mut ours), "a second look");
    let mut read = [0; 5];
    ours.read_exact(&mut read).await.expect("nothing was taken");
    assert_eq!(&read, b"hello");
    drop(theirs);
    assert!(!connector.is_open(&mut ours), "closed is closed");
}

#[tokio::test]
async fn what_was_read_is_not_unread() {
    let connector = TcpConnector::default();
    let (mut ours, theirs) = pair(&connector).await;
    send_now(&theirs, b"abc");
    let mut read = [0; 2];
    ours.read_exact(&mut read).await.expect("sent");
    assert!(!connector.is_open(&mut ours), "one byte is left");
    assert_eq!(ours.read_u8().await.expect("sent"), b'c');
    assert!(connector.is_open(&mut ours));
}

#[tokio::test]
async fn closing_tells_the_peer() {
    let connector = TcpConnector::default();
    let (ours, mut theirs) = pair(&connector).await;
    connector.close(ours, CloseReason::CLOSED).await;
    assert_eq!(theirs.read(&mut [0]).await.expect("a clean end"), 0);
}

#[tokio::test]
async fn a_connection_may_be_looked_at_outside_a_runtime() {
    let connector = TcpConnector::default();
    let (mut ours, theirs) = pair(&connector).await;
    std::thread::spawn(move || {
        assert!(connector.is_open(&mut ours));
        drop(theirs);
        assert!(!connector.is_open(&mut ours));
    })
    .join()
    .expect("no panic there");
}

/// Sends by the socket itself, before anything else can run.
fn send_now(stream: &TcpStream, bytes: &[u8]) {
    loop {
        match (&*SockRef::from(stream)).write(bytes) {
            Ok(sent) => return assert_eq!(sent, bytes.len()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}"),
        }
    }
}
