//! HTTP over TLS, in which both sides agree on its version.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use clearpool_servers::{Authority, Nginx, NginxServer};
use http::Version;
use pool_connector_http::{ConnectError, HttpError, HttpOptions, HttpVersion, ProxyOptions};
use pool_connector_tcp::TlsOptions;
use pool_core::{ConnectCx, Connector, Endpoint, ErrorClass, Handle};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::peers::{Backend, ForwardProxy, Speaks};
use crate::{AMPLE, client, connector, dialed, get, limited, open, open_client, until};

fn start(authority: &Authority, clients: Option<&Path>) -> Option<NginxServer> {
    Some(Nginx::find()?.tls(&authority.server(), clients).start())
}

fn url(nginx: &NginxServer) -> String {
    format!("https://localhost:{}", nginx.address().port())
}

fn trusting(authority: &Authority) -> impl FnOnce(&mut HttpOptions) {
    let roots = authority.roots();
    move |options| options.tls = Some(TlsOptions::new(roots))
}

#[tokio::test]
async fn both_sides_agree_on_http_2_unless_something_else_is_wanted() {
    let authority = Authority::new();
    let Some(nginx) = start(&authority, None) else { return };
    for (version, expected) in [
        (HttpVersion::Auto, Version::HTTP_2),
        (HttpVersion::Http2, Version::HTTP_2),
        (HttpVersion::Http1, Version::HTTP_11),
    ] {
        let pool = client([url(&nginx)], |options| {
            trusting(&authority)(options);
            options.version = version;
        });
        for uses in 1..=3 {
            let got = get(&pool, "/").await.expect("it answers");
            assert_eq!((got.text.as_str(), got.lease.protocol, got.lease.uses), ("nginx\n", expected, uses));
        }
    }
}

#[tokio::test]
async fn an_endpoint_may_speak_another_version_than_the_others() {
    let authority = Authority::new();
    let Some(nginx) = start(&authority, None) else { return };
    let mut endpoint = Endpoint::new(url(&nginx));
    endpoint.metadata.insert("http_version".to_owned(), "http1".to_owned());
    let built = pool_tokio::Pool::builder(connector(trusting(&authority))).endpoints([endpoint]).build();
    let pool = pool_connector_http::HttpPool::new(built.expect("good options"));
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.protocol, Version::HTTP_11);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_share_a_connection_to_nginx_and_a_restart_costs_no_request() {
    let authority = Authority::new();
    let Some(mut nginx) = start(&authority, None) else { return };
    let pool = client([url(&nginx)], trusting(&authority));
    get(&pool, "/").await.expect("it answers");
    let asking: Vec<_> = (0..50)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { get(&pool, "/").await.expect("it answers").text })
        })
        .collect();
    for one in asking {
        assert_eq!(one.await.expect("no panic"), "nginx\n");
    }
    assert_eq!(dialed(&pool), 1);
    nginx.restart();
    for _ in 0..3 {
        get(&pool, "/").await.expect("it answers");
    }
}

#[tokio::test]
async fn nginx_s_limits_of_streams_and_of_requests_are_followed() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::find() else { return };
    let nginx = nginx.directive("http2_max_concurrent_streams 2; keepalive_requests 5;");
    let nginx = nginx.tls(&authority.server(), None).start();
    let pool = limited([url(&nginx)], trusting(&authority), |options| options.limits.max_open = 4);
    let asking: Vec<_> = (0..40)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { get(&pool, "/").await })
        })
        .collect();
    let posting: Vec<_> = (0..40)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { crate::post(&pool, "/", "abc").await })
        })
        .collect();
    for one in asking.into_iter().chain(posting) {
        // After five requests it says goodbye; what came too late for that is sent again.
        assert_eq!(one.await.expect("no panic").expect("it answers").text, "nginx\n");
    }
    assert!(dialed(&pool) >= 8, "{}", dialed(&pool));
    until(&pool, "no more than four", |now| open(now) <= 4).await;
}

/// Why the dial of an endpoint fails, and whether for good.
async fn failure(address: &str, change: impl FnOnce(&mut HttpOptions)) -> (ConnectError, ErrorClass) {
    let connector = connector(change);
    let (endpoint, handle) = (Endpoint::new(address), Handle::detached());
    let error = connector.connect(&ConnectCx::new(&endpoint, "test", AMPLE, &handle)).await.expect_err("no connection");
    let class = connector.classify(&error);
    (error, class)
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused_for_good() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let Some(nginx) = start(&authority, None) else { return };
    let (error, class) = failure(&url(&nginx), trusting(&stranger)).await;
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(class, ErrorClass::Permanent);
}

#[tokio::test]
async fn a_server_without_tls_and_one_without_http_2_are_told_apart() {
    let authority = Authority::new();
    let plain = Backend::start("a", Speaks::Http1).await;
    let (error, _) = failure(&format!("https://{}", plain.address), trusting(&authority)).await;
    assert!(error.to_string().contains("does it speak TLS?"), "{error}");

    let Some(nginx) = Nginx::find() else { return };
    let nginx = nginx.without_http2(&authority.server()).start();
    let (error, class) = failure(&url(&nginx), |options| {
        trusting(&authority)(options);
        options.version = HttpVersion::Http2;
    })
    .await;
    assert!(
        matches!(error, ConnectError::NoHttp2 { asked: true, .. }) || error.to_string().contains("protocol"),
        "{error}"
    );
    assert_eq!(class, ErrorClass::Permanent, "{error}");
    let pool = client([url(&nginx)], trusting(&authority));
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.protocol, Version::HTTP_11);
}

#[tokio::test]
async fn a_certificate_of_ours_is_shown_if_there_is_one() {
    let authority = Authority::new();
    let Some(nginx) = start(&authority, Some(&authority.roots())) else { return };
    let papers = authority.client();
    let pool = client([url(&nginx)], |options| {
        options.tls = Some(TlsOptions::new(authority.roots()).client(&papers.certificate, &papers.key));
    });
    assert_eq!(get(&pool, "/").await.expect("it answers").text, "nginx\n");
    // nginx asks for it after the handshake: whoever has none is told in HTTP.
    let pool = client([url(&nginx)], trusting(&authority));
    assert_eq!(get(&pool, "/").await.expect("it answers").status, 400);
}

#[tokio::test]
async fn a_tunnel_through_a_proxy_carries_tls() {
    let authority = Authority::new();
    let Some(nginx) = start(&authority, None) else { return };
    let proxy = ForwardProxy::start(Some("Basic bWU6czNjcmV0")).await;
    let pool = open_client(
        |options| {
            trusting(&authority)(options);
            options.proxy = Some(ProxyOptions::new(format!("http://{}", proxy.address)).credentials("me", "s3cret"));
        },
        |_| (),
    );
    for uses in 1..=2 {
        let got = get(&pool, &format!("{}/path", url(&nginx))).await.expect("it answers");
        assert_eq!((got.text.as_str(), got.lease.uses, got.lease.protocol), ("nginx\n", uses, Version::HTTP_2));
        assert_eq!(got.lease.endpoint, url(&nginx));
    }
    let asked = proxy.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, format!("CONNECT localhost:{}", nginx.address().port()));
    // What goes by another name has connections of its own.
    let other = format!("https://127.0.0.1:{}/", nginx.address().port());
    assert_eq!(get(&pool, &other).await.expect("it answers").lease.uses, 1);
}

#[tokio::test]
async fn a_proxy_may_speak_tls_itself() {
    let authority = Authority::new();
    let Some(nginx) = start(&authority, None) else { return };
    // nginx is no forward proxy; that it is asked in TLS is seen from its answer to CONNECT.
    let (error, _) = failure("https://localhost:1", |options| {
        trusting(&authority)(options);
        options.proxy = Some(ProxyOptions::new(url(&nginx)));
    })
    .await;
    assert!(matches!(&error, ConnectError::Proxy { status: Some(_), .. }), "{error}");
    // And one that is: TLS within TLS.
    let plain = ForwardProxy::start(None).await;
    let proxy = in_tls(&authority, plain.address).await;
    let pool = client([url(&nginx)], |options| {
        trusting(&authority)(options);
        options.proxy = Some(ProxyOptions::new(format!("https://localhost:{}", proxy.port())));
    });
    for uses in 1..=2 {
        let got = get(&pool, "/").await.expect("it answers");
        assert_eq!((got.text.as_str(), got.lease.uses, got.lease.protocol), ("nginx\n", uses, Version::HTTP_2));
    }
    assert_eq!(plain.asked().len(), 1);
    let error = get(&client(["https://localhost:1"], trusting(&authority)), "/").await.expect_err("nobody listens");
    assert!(matches!(error, HttpError::Acquire { .. }), "{error}");
}

/// Puts TLS before a server.
async fn in_tls(authority: &Authority, server: SocketAddr) -> SocketAddr {
    let papers = authority.server();
    let chain = CertificateDer::pem_file_iter(&papers.certificate).expect("a file").map(|one| one.expect("PEM"));
    let key = PrivateKeyDer::from_pem_file(&papers.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("they are there")
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key);
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("good papers")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(stream).await.expect("a handshake");
                let mut server = TcpStream::connect(server).await.expect("it listens");
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    address
}
