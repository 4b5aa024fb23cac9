//! A client of every server there is: its endpoints come with the requests (pitfall T22).

use std::collections::BTreeSet;
use std::time::Duration;

use pool_connector_http::{HttpConnector, HttpError, HttpPool, HttpVersion, ON_DEMAND, PLUGIN};
use pool_core::HumanDuration;
use pool_tokio::PoolParts;

use crate::peers::{Backend, Speaks, serve};
use crate::{AMPLE, client, get, open, open_client, until};

/// The endpoints in the pool.
fn endpoints(pool: &HttpPool) -> BTreeSet<String> {
    let all = pool.pool().snapshot().endpoints;
    all.iter().filter(|at| at.active).map(|at| at.endpoint.name().to_owned()).collect()
}

#[tokio::test]
async fn an_origin_joins_with_its_first_request_and_its_connections_serve_it_alone() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let pool = open_client(|_| (), |_| ());
    for _ in 0..3 {
        for backend in [&a, &b] {
            let got = get(&pool, &format!("{}/path?query", backend.url())).await.expect("it answers");
            assert_eq!((got.lease.endpoint, got.status), (backend.url(), 200));
        }
    }
    assert_eq!((a.connections(), b.connections()), (1, 1));
    let (_, uri, headers) = a.last();
    assert_eq!(uri, "/path?query");
    assert_eq!(headers["host"], a.address.to_string().as_str());
    assert_eq!(endpoints(&pool), BTreeSet::from([a.url(), b.url()]));
    // However it is written.
    let shouted = a.url().replace("http", "HTTP");
    get(&pool, &shouted).await.expect("it answers");
    assert_eq!(endpoints(&pool).len(), 2);
}

#[tokio::test]
async fn a_request_without_origin_is_refused_with_advice() {
    let pool = open_client(|_| (), |_| ());
    let error = get(&pool, "/path").await.expect_err("where to?");
    assert!(matches!(error, HttpError::Request { .. }) && error.to_string().contains("whole URI"), "{error}");
    let error = get(&pool, "not a uri").await.expect_err("it is none");
    assert!(matches!(error, HttpError::Request { .. }), "{error}");
}

#[tokio::test]
async fn an_origin_leaves_when_it_has_had_no_connection_and_no_request_for_a_while() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let pool = open_client(|options| options.origins.forget_after = HumanDuration::from_millis(100), |_| ());
    get(&pool, &a.url()).await.expect("it answers");
    get(&pool, &format!("{}/last", b.url())).await.expect("it answers");
    // The connection to `b` is closed, the one to `a` is not.
    let names = |pool: &HttpPool| endpoints(pool);
    until(&pool, "b to leave", |_| names(&pool) == BTreeSet::from([a.url()])).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(endpoints(&pool), BTreeSet::from([a.url()]), "it has a connection");
    assert_eq!(get(&pool, &a.url()).await.expect("it answers").lease.uses, 2);
    pool.pool().clear();
    until(&pool, "a to leave", |_| names(&pool).is_empty()).await;
    // It joins anew.
    assert_eq!(get(&pool, &a.url()).await.expect("it answers").text, "a");
}

#[tokio::test]
async fn an_origin_that_was_never_reached_leaves_too() {
    let pool = open_client(|options| options.origins.forget_after = HumanDuration::from_millis(50), |_| ());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let nobody = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    get(&pool, &nobody).await.expect_err("nobody listens");
    until(&pool, "it to leave", |_| endpoints(&pool).is_empty()).await;
}

#[tokio::test]
async fn an_origin_stays_while_a_request_waits_or_a_body_is_read() {
    let server = serve(|mut guest| async move {
        while guest.request().await.is_some() {
            guest.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1").await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            guest.say("2").await;
        }
    })
    .await;
    let pool = open_client(
        |options| options.origins.forget_after = HumanDuration::from_millis(20),
        |options| options.limits.max_open = 1,
    );
    // The second waits for the first, to another origin: it has no connection until then.
    let backend = Backend::start("a", Speaks::Http1).await;
    let (first, second) = (server.url(), backend.url());
    let (first, second) = tokio::join!(get(&pool, &first), get(&pool, &second));
    assert_eq!((first.expect("it answers").text, second.expect("it answers").text), ("12".into(), "a".into()));
}

#[tokio::test]
async fn there_are_no_more_origins_than_allowed() {
    let backends = [
        Backend::start("a", Speaks::Http1).await,
        Backend::start("b", Speaks::Http1).await,
        Backend::start("c", Speaks::Http1).await,
    ];
    let [a, b, c] = &backends;
    let pool = open_client(|options| options.origins.most = 2, |_| ());
    for backend in [a, b, a, c] {
        get(&pool, &backend.url()).await.expect("it answers");
    }
    assert_eq!(endpoints(&pool), BTreeSet::from([a.url(), c.url()]), "b was unused for longest");
    until(&pool, "b's connection to be closed", |now| open(now) == 2).await;
    // Both are in use: there is no place for another.
    let held = (pool.get(format!("{}/drip", a.url())).await, pool.get(format!("{}/drip", c.url())).await);
    assert!(held.0.is_ok() && held.1.is_ok());
    let error = get(&pool, &b.url()).await.expect_err("there is no place");
    assert!(matches!(error, HttpError::TooManyOrigins { most: 2 }), "{error}");
    drop(held);
    assert_eq!(get(&pool, &b.url()).await.expect("it answers").text, "b");
}

#[tokio::test]
async fn limits_hold_for_each_origin_and_for_all() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let pool = open_client(
        |_| (),
        |options| {
            options.limits.max_open = 3;
            options.limits.max_open_per_endpoint = Some(2);
        },
    );
    let asking: Vec<_> = (0..40)
        .map(|at| {
            let (pool, uri) = (pool.clone(), format!("{}/", [&a, &b][at % 2].url()));
            tokio::spawn(async move { get(&pool, &uri).await.expect("it answers").text })
        })
        .collect();
    for one in asking {
        one.await.expect("no panic");
    }
    assert_eq!((a.requests(), b.requests()), (20, 20));
    assert!(a.most_at_once() <= 2 && b.most_at_once() <= 2);
}

#[tokio::test]
async fn a_thousand_origins_come_and_go_and_nothing_is_left() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = open_client(
        |options| {
            options.origins.most = 20;
            options.origins.forget_after = HumanDuration::from_millis(50);
        },
        |options| options.limits.max_open = 10,
    );
    // Every address of 127.0.0.0/8 is this machine; this one listens on one of them only, so the others refuse.
    let port = backend.address.port();
    let asking: Vec<_> = (0..1000)
        .map(|at| {
            let (pool, uri) = (pool.clone(), format!("http://127.0.{}.{}:{port}/", at / 250, at % 250 + 1));
            async move { get(&pool, &uri).await.is_ok() }
        })
        .collect();
    let mut answered = 0;
    for ten in asking.chunks_into(10) {
        let ten: Vec<_> = ten.into_iter().map(tokio::spawn).collect();
        for one in ten {
            answered += u32::from(one.await.expect("no panic"));
        }
        assert!(endpoints(&pool).len() <= 20);
    }
    assert_eq!(answered, 1, "only 127.0.0.1 is served");
    pool.pool().clear();
    until(&pool, "all to leave", |now| now.endpoints.iter().all(|at| !at.active) && open(now) == 0).await;
}

/// Vectors that are taken apart.
trait ChunksInto<T> {
    fn chunks_into(self, size: usize) -> Vec<Vec<T>>;
}

impl<T> ChunksInto<T> for Vec<T> {
    fn chunks_into(self, size: usize) -> Vec<Vec<T>> {
        let mut chunks = vec![Vec::new()];
        for one in self {
            if chunks.last().is_some_and(|last| last.len() == size) {
                chunks.push(Vec::new());
            }
            chunks.last_mut().expect("there is one").push(one);
        }
        chunks
    }
}

#[tokio::test]
async fn what_needs_http_1_has_connections_of_its_own_where_http_2_is_spoken() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = open_client(|options| options.version = HttpVersion::Http2, |_| ());
    let request = http::Request::get(format!("{}/upgrade", backend.url()))
        .header("connection", "upgrade")
        .header("upgrade", "shout")
        .body(pool_connector_http::RequestBody::empty())
        .expect("a request");
    let response = pool.request(request).await.expect("it answers");
    assert_eq!(response.status(), 101);
    assert_eq!(endpoints(&pool), BTreeSet::from([format!("{} in HTTP/1.1", backend.url())]));
}

#[tokio::test]
async fn clients_of_one_pool_agree_on_who_is_in_it_and_a_configuration_can_ask_for_such_a_pool() {
    let (a, b) = (Backend::start("a", Speaks::Http1).await, Backend::start("b", Speaks::Http1).await);
    let options = serde_json::json!({ "origins": { "forget_after": "100ms" } });
    let discovery = ON_DEMAND.build(serde_json::json!({}), "".as_ref()).expect("it has no options");
    let parts = PoolParts { discovery: Some(discovery), ..PoolParts::default() };
    let pool = PLUGIN.build(options, parts).expect("good options").downcast::<HttpConnector>().expect("it is ours");
    let (first, second) = (HttpPool::open(pool.clone()), HttpPool::open(pool));
    get(&first, &a.url()).await.expect("it answers");
    get(&second, &b.url()).await.expect("it answers");
    assert_eq!(endpoints(&first), BTreeSet::from([a.url(), b.url()]));
    assert_eq!(get(&second, &a.url()).await.expect("it answers").lease.uses, 2);
    drop(first);
    get(&second, &format!("{}/last", b.url())).await.expect("it answers");
    until(&second, "b to leave", |_| endpoints(&second) == BTreeSet::from([a.url()])).await;
}

#[tokio::test]
async fn a_client_that_is_dropped_closes_its_pool_whatever_is_swept() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = open_client(|options| options.origins.forget_after = HumanDuration::from_millis(20), |_| ());
    let response = pool.get(backend.url()).await.expect("it answers");
    let mut other = tokio::net::TcpStream::connect(backend.address).await.expect("it listens");
    drop(pool);
    // A response that is out stays whole.
    assert_eq!(crate::read(response).await.expect("a whole body").text, "a");
    tokio::io::AsyncWriteExt::write_all(&mut other, b"GET / HTTP/1.0\r\n\r\n").await.expect("it reads");
    assert!(tokio::time::timeout(AMPLE, client([backend.url()], |_| ()).get("/")).await.is_ok());
}
