//! Forward proxies.

use pool_connector_http::{ConnectError, HttpError, HttpOptions, HttpVersion, ProxyOptions};
use pool_core::{ConnectCx, Connector, Endpoint, ErrorClass, Handle};

use crate::peers::{Asked, Backend, ForwardProxy, Speaks};
use crate::{AMPLE, client, connector, get, open_client, post};

/// `me:s3cret`.
const CREDENTIALS: &str = "Basic bWU6czNjcmV0";

fn through(proxy: &ForwardProxy, user: &str) -> impl FnOnce(&mut HttpOptions) {
    let proxy = ProxyOptions::new(format!("http://{user}{}", proxy.address));
    move |options| options.proxy = Some(proxy)
}

fn asked(connection: usize, line: String, credentials: Option<&str>) -> Asked {
    Asked { connection, line, credentials: credentials.map(str::to_owned) }
}

#[tokio::test]
async fn a_proxy_is_told_whole_uris_and_who_asks_and_its_connections_serve_all_origins() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let proxy = ForwardProxy::start(Some(CREDENTIALS)).await;
    let pool = open_client(through(&proxy, "me:s3cret@"), |_| ());
    for (at, backend) in [&a, &b, &a].into_iter().enumerate() {
        let got = get(&pool, &format!("{}/path", backend.url())).await.expect("it answers");
        assert_eq!((got.status, got.lease.uses as usize), (200, at + 1));
        assert_eq!(got.lease.endpoint, format!("http via http://{}", proxy.address));
    }
    let line = |backend: &Backend| format!("GET {}/path", backend.url());
    let expected = [line(&a), line(&b), line(&a)].map(|line| asked(1, line, Some(CREDENTIALS)));
    assert_eq!(proxy.asked(), expected);
    let (_, uri, headers) = a.last();
    assert_eq!(uri, "/path");
    assert_eq!(headers["host"], a.address.to_string().as_str());
}

#[tokio::test]
async fn configured_backends_are_reached_through_a_proxy_each_on_its_own_connections() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let proxy = ForwardProxy::start(None).await;
    let pool = client([a.url(), b.url()], through(&proxy, ""));
    pool.pool().warm(2).await.expect("the proxy listens");
    for _ in 0..4 {
        get(&pool, "/").await.expect("it answers");
    }
    assert_eq!((a.requests(), b.requests()), (2, 2));
    let connections: Vec<_> = proxy.asked().iter().map(|asked| asked.connection).collect();
    assert_eq!(connections, [1, 2, 1, 2]);
}

#[tokio::test]
async fn http_2_by_prior_knowledge_goes_through_a_tunnel() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let proxy = ForwardProxy::start(Some(CREDENTIALS)).await;
    let pool = client([backend.url()], |options| {
        options.version = HttpVersion::Http2;
        through(&proxy, "me:s3cret@")(options);
    });
    for uses in 1..=2 {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
    }
    assert_eq!(proxy.asked(), [asked(1, format!("CONNECT {}", backend.address), Some(CREDENTIALS))]);
    assert!(!backend.last().2.contains_key("proxy-authorization"), "it is for the proxy alone");
}

#[tokio::test]
async fn what_is_near_is_reached_directly() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let proxy = ForwardProxy::start(None).await;
    let pool = client([backend.url()], |options| {
        through(&proxy, "")(options);
        options.no_proxy = vec!["127.0.0.0/8".to_owned()];
    });
    assert_eq!(get(&pool, "/").await.expect("it answers").text, "a");
    assert_eq!(proxy.asked(), []);
}

/// Why the dial of an endpoint fails, and whether for good.
async fn failure(endpoint: &str, change: impl FnOnce(&mut HttpOptions)) -> (ConnectError, ErrorClass) {
    let connector = connector(|options| {
        options.version = HttpVersion::Http2;
        change(options);
    });
    let (endpoint, handle) = (Endpoint::new(endpoint), Handle::detached());
    let error = connector.connect(&ConnectCx::new(&endpoint, "test", AMPLE, &handle)).await.expect_err("it is refused");
    let class = connector.classify(&error);
    (error, class)
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_of_without_its_password() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let proxy = ForwardProxy::start(Some(CREDENTIALS)).await;
    let (error, class) = failure(&backend.url(), through(&proxy, "me:wr0ng@")).await;
    let told = format!("{error} {error:?}");
    assert!(told.contains("proxy.password") && told.contains(&proxy.address.to_string()), "{told}");
    assert!(!told.contains("wr0ng"), "{told}");
    assert_eq!(class, ErrorClass::Permanent);

    // Nobody listens there: the proxy says so, and it may change.
    let (error, class) = failure("http://127.0.0.1:1", through(&proxy, "me:s3cret@")).await;
    assert!(error.to_string().contains("502") && error.to_string().contains("http://127.0.0.1:1"), "{error}");
    assert_eq!(class, ErrorClass::Transient);
}

#[tokio::test]
async fn a_proxy_that_is_none_ends_the_dial() {
    for answer in ["SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\ntoo soon"] {
        let proxy = ForwardProxy::refusing(answer).await;
        let (error, _) = failure("http://127.0.0.1:1", through(&proxy, "")).await;
        assert!(matches!(error, ConnectError::Proxy { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_of_plain_requests_is_an_answer() {
    let proxy = ForwardProxy::start(Some(CREDENTIALS)).await;
    let pool = open_client(through(&proxy, ""), |_| ());
    assert_eq!(post(&pool, "http://127.0.0.1:1/", "abc").await.expect("the proxy answers").status, 407);
    let error = get(&pool, "ftp://127.0.0.1/").await.expect_err("there is no HTTP");
    assert!(matches!(error, HttpError::Request { .. }), "{error}");
}
