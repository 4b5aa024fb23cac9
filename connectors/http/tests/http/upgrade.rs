//! A connection that speaks something else from then on is the pool's no longer.

use http::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use pool_connector_http::{HttpError, HttpVersion, RequestBody};
use pool_core::CloseReason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::peers::{Backend, Speaks};
use crate::{client, get, lease, limited, open, until};

fn wish() -> Request<RequestBody> {
    let request = Request::get("/upgrade").header("connection", "upgrade").header("upgrade", "shout");
    request.body(RequestBody::empty()).expect("a request")
}

#[tokio::test]
async fn an_upgrade_takes_its_connection_out_of_the_pool() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = limited([backend.url()], |_| (), |options| options.limits.max_open = 1);
    get(&pool, "/").await.expect("it answers");
    let response = pool.request(wish()).await.expect("it answers");
    assert_eq!((response.status(), lease(&response).uses), (StatusCode::SWITCHING_PROTOCOLS, 2));
    until(&pool, "its place to be free", |now| open(now) == 0).await;
    assert_eq!(pool.pool().snapshot().closes, [(CloseReason::DETACHED, 1)]);
    assert_eq!(get(&pool, "/").await.expect("another is dialed").lease.uses, 1);

    let mut carried = TokioIo::new(hyper::upgrade::on(response).await.expect("it was agreed"));
    carried.write_all(b"hello").await.expect("it is read");
    let mut answer = String::new();
    carried.read_to_string(&mut answer).await.expect("it answers");
    assert_eq!(answer, "HELLO");
}

#[tokio::test]
async fn a_connection_of_http_2_cannot_and_says_what_to_do() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let pool = client([backend.url()], |options| options.version = HttpVersion::Http2);
    let error = pool.request(wish()).await.expect_err("it cannot");
    assert!(matches!(error, HttpError::Request { .. }) && error.to_string().contains("http1"), "{error}");
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 2);
}
