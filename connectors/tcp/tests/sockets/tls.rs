//! TLS with certificates made here.

mod terms;

use std::mem::MaybeUninit;
use std::time::Duration;

use clearpool_servers::{Authority, Papers};
use pool_connector_tcp::{TcpConnection, TcpConnector, TcpError, TcpOptions, TlsOptions, Unread};
use pool_core::{CloseReason, Connector, ErrorClass};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::server::TlsStream;

use self::terms::{Terms, terms};
use crate::{connector, dial, listen};

/// A connector that trusts this authority.
fn trusting(authority: &Authority) -> TcpConnector {
    connector(|options| options.tls = Some(TlsOptions::new(authority.roots())))
}

/// Both ends of a new connection. The server's words leave at once (no Nagle), as the tests look for
/// them at once.
async fn pair(connector: &TcpConnector, terms: &Terms<'_>) -> (TcpConnection, TlsStream<TcpStream>) {
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("one connects");
        stream.set_nodelay(true).expect("a socket");
        terms.acceptor().accept(stream).await.expect("a handshake")
    };
    let (ours, theirs) = tokio::join!(dial(connector, &address), serve);
    (ours.expect("it listens"), theirs)
}

/// What a handshake fails with, and how it is classified.
async fn failure(connector: &TcpConnector, terms: &Terms<'_>) -> (String, ErrorClass) {
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("one connects");
        let _ = terms.acceptor().accept(stream).await;
    };
    let (made, ()) = tokio::join!(dial(connector, &address), serve);
    let error = made.expect_err("no handshake");
    assert!(matches!(error, TcpError::Handshake { .. }), "{error:?}");
    assert!(error.to_string().contains(&address), "{error}");
    (error.to_string(), connector.classify(&error))
}

#[tokio::test]
async fn bytes_go_both_ways() {
    for version in [&TLS12, &TLS13] {
        let authority = Authority::new();
        let (mut ours, mut theirs) = pair(&trusting(&authority), &terms(&authority).version(version)).await;
        assert!(ours.is_tls());
        ours.write_all(b"ping").await.expect("open");
        ours.flush().await.expect("open");
        let mut read = [0; 4];
        theirs.read_exact(&mut read).await.expect("sent");
        assert_eq!(&read, b"ping");
    }
}

#[tokio::test]
async fn session_tickets_are_not_unread_bytes() {
    let authority = Authority::new();
    let connector = trusting(&authority);
    let (mut ours, mut theirs) = pair(&connector, &terms(&authority).tickets(4)).await;
    theirs.flush().await.expect("open");
    assert!(SockRef::from(&ours).peek(&mut [MaybeUninit::uninit()]).is_ok(), "the tickets are there");
    assert!(connector.is_open(&mut ours));
    assert!(connector.is_open(&mut ours));
    theirs.write_all(b"answer").await.expect("open");
    theirs.flush().await.expect("open");
    let mut read = [0; 6];
    ours.read_exact(&mut read).await.expect("sent");
    assert_eq!(&read, b"answer");
    assert!(connector.is_open(&mut ours));
}

#[tokio::test]
async fn unread_bytes_make_it_unfit() {
    let authority = Authority::new();
    let connector = trusting(&authority);
    let (mut ours, mut theirs) = pair(&connector, &terms(&authority)).await;
    theirs.write_all(b"the rest").await.expect("open");
    theirs.flush().await.expect("open");
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn unread_bytes_are_kept_where_the_options_say_so() {
    let authority = Authority::new();
    let connector = connector(|options| {
        options.tls = Some(TlsOptions::new(authority.roots()));
        options.unread = Unread::Keep;
    });
    let (mut ours, mut theirs) = pair(&connector, &terms(&authority)).await;
    for words in [b"hello", b"again"] {
        theirs.write_all(words).await.expect("open");
        theirs.flush().await.expect("open");
        assert!(connector.is_open(&mut ours));
        assert!(connector.is_open(&mut ours), "a second look");
        let mut read = [0; 5];
        ours.read_exact(&mut read).await.expect("nothing was taken");
        assert_eq!(&read, words);
    }
    drop(theirs);
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn what_is_decrypted_and_not_read_is_unread() {
    let authority = Authority::new();
    let connector = trusting(&authority);
    let (mut ours, mut theirs) = pair(&connector, &terms(&authority)).await;
    theirs.write_all(b"ab").await.expect("open");
    theirs.flush().await.expect("open");
    assert_eq!(ours.read_u8().await.expect("sent"), b'a');
    assert!(!connector.is_open(&mut ours));
}

#[tokio::test]
async fn an_end_is_seen_at_once_with_and_without_a_goodbye() {
    let authority = Authority::new();
    let connector = trusting(&authority);

    let (mut ours, mut theirs) = pair(&connector, &terms(&authority)).await;
    theirs.get_mut().1.send_close_notify();
    theirs.flush().await.expect("open");
    assert!(!connector.is_open(&mut ours), "a goodbye, though the socket is open");

    let (mut ours, theirs) = pair(&connector, &terms(&authority)).await;
    drop(theirs);
    assert!(!connector.is_open(&mut ours), "no goodbye");
}

#[tokio::test]
async fn closing_says_goodbye() {
    let authority = Authority::new();
    let connector = trusting(&authority);
    let (ours, mut theirs) = pair(&connector, &terms(&authority)).await;
    connector.close(ours, CloseReason::CLOSED).await;
    assert_eq!(theirs.read(&mut [0]).await.expect("a clean end, not a torn one"), 0);
}

#[tokio::test]
async fn a_certificate_of_a_stranger_is_permanent() {
    let (ours, strangers) = (Authority::new(), Authority::new());
    let (error, class) = failure(&trusting(&ours), &terms(&strangers)).await;
    assert!(error.contains("because of a certificate"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_permanent() {
    let authority = Authority::new();
    let connector =
        connector(|options| options.tls = Some(TlsOptions::new(authority.roots()).server_name("other.test")));
    let (error, class) = failure(&connector, &terms(&authority)).await;
    assert!(error.contains("other.test"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_permanent() {
    let authority = Authority::new();
    let (error, class) = failure(&trusting(&authority), &terms(&authority).expired()).await;
    assert!(error.contains("expired"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_peer_that_speaks_no_tls_is_named() {
    let authority = Authority::new();
    let connector = trusting(&authority);
    let (listener, address) = listen().await;
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("one connects");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("open");
        stream
    };
    let (made, _stream) = tokio::join!(dial(&connector, &address), serve);
    let error = made.expect_err("no TLS there");
    assert!(error.to_string().contains("does it speak TLS?"), "{error}");
}

#[tokio::test]
async fn a_peer_that_never_answers_takes_no_longer_than_the_limit() {
    let authority = Authority::new();
    let connector = connector(|options| {
        options.tls = Some(TlsOptions::new(authority.roots()));
        options.connect_timeout = Duration::from_millis(150).into();
    });
    let (_listener, address) = listen().await;
    let error = dial(&connector, &address).await.expect_err("it is silent");
    assert_eq!(error.to_string(), format!("the TLS handshake with {address} took longer than 150ms"));
    assert_eq!(connector.classify(&error), ErrorClass::Transient);
}

#[tokio::test]
async fn a_certificate_of_our_own_is_shown_where_it_is_asked_for() {
    let authority = Authority::new();
    let Papers { certificate, key } = authority.client();
    let with = connector(|options| {
        options.tls = Some(TlsOptions::new(authority.roots()).client(certificate, key));
    });
    for version in [&TLS12, &TLS13] {
        let (_ours, theirs) = pair(&with, &terms(&authority).version(version).asks_clients()).await;
        assert_eq!(theirs.get_ref().1.peer_certificates().map(<[_]>::len), Some(1));
    }
    let without = trusting(&authority);
    let (error, class) = failure(&without, &terms(&authority).version(&TLS12).asks_clients()).await;
    assert_eq!(class, ErrorClass::Permanent, "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_needs_a_name_for_tls() {
    let authority = Authority::new();
    let path = authority.place().join("tls.sock");
    let address = format!("unix:{}", path.display());
    let listener = tokio::net::UnixListener::bind(&path).expect("a new socket");

    let error = dial(&trusting(&authority), &address).await.expect_err("no name");
    assert!(error.to_string().contains("tls.server_name"), "{error}");

    let _ = listener.accept().await.expect("the first attempt");
    let named = connector(|options| options.tls = Some(TlsOptions::new(authority.roots()).server_name("localhost")));
    let terms = terms(&authority);
    let serve = async {
        let (stream, _) = listener.accept().await.expect("one connects");
        terms.acceptor().accept(stream).await.expect("a handshake")
    };
    let (made, _theirs) = tokio::join!(dial(&named, &address), serve);
    assert!(named.is_open(&mut made.expect("it listens")));
}

#[test]
fn files_that_are_no_use_name_the_key_and_the_file() {
    let authority = Authority::new();
    let Papers { certificate, key } = authority.client();
    let other = Authority::new();
    let other_key = other.client().key;
    let good = || TlsOptions::new(authority.roots());
    let wrong = |tls: TlsOptions| {
        let mut options = TcpOptions::default();
        options.tls = Some(tls);
        TcpConnector::new(options).expect_err("of no use").to_string()
    };
    let cases = [
        (wrong(TlsOptions::new("no/such/file.pem")), "tls.roots: cannot read no/such/file.pem"),
        (wrong(TlsOptions::new(&key)), "tls.roots: "),
        (wrong(good().client(&key, &key)), "tls.client_certificate: "),
        (wrong(good().client(&certificate, &certificate)), "tls.client_key: "),
        (wrong(good().client(&certificate, "no-key.pem")), "tls.client_key: cannot read no-key.pem"),
        (wrong(good().client(&certificate, other_key)), "tls.client_certificate: "),
        (wrong(good().server_name("not a name")), "tls.server_name: "),
    ];
    for (error, begin) in cases {
        assert!(error.starts_with(begin), "{error}");
    }
    let mut half = good();
    half.client_key = Some(key);
    assert!(wrong(half).starts_with("tls.client_certificate: "));
    let mut half = good();
    half.client_certificate = Some(certificate);
    assert!(wrong(half).starts_with("tls.client_key: "));
}
