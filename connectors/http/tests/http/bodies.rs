//! What is in a response besides plain bytes.

use http::Request;
use http_body_util::{BodyExt, Full};
use pool_connector_http::RequestBody;
use pool_core::State;

use crate::peers::{Backend, Speaks, serve};
use crate::{client, count, get, read, until};

#[tokio::test]
async fn trailers_come_and_the_connection_goes_back_after_them() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| options.version = version(speaks));
        let request = Request::get("/trailers").header("te", "trailers").body(RequestBody::empty());
        let response = pool.request(request.expect("a request")).await.expect("it answers");
        let collected = response.into_body().collect().await.expect("a whole body");
        assert_eq!(collected.trailers().expect("they came")["checksum"], "abc", "{speaks:?}");
        assert_eq!(collected.to_bytes(), "data");
        until(&pool, "an idle connection", |now| count(now, State::Idle) == 1).await;
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 2);
    }
}

#[tokio::test]
async fn what_comes_before_the_answer_is_passed_over() {
    let server = serve(|mut guest| async move {
        while guest.request().await.is_some() {
            guest.say("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n").await;
            guest.answer("final").await;
        }
    })
    .await;
    let pool = client([server.url()], |_| ());
    for uses in 1..=2 {
        let got = get(&pool, "/").await.expect("it answers");
        assert_eq!((got.status, got.text.as_str(), got.lease.uses), (200, "final", uses));
    }
}

#[tokio::test]
async fn bodies_of_any_kind_are_sent() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| options.version = version(speaks));
        let full = Request::post("/echo").body(Full::new(&b"full"[..])).expect("a request");
        assert_eq!(read(pool.request(full).await.expect("it answers")).await.expect("a body").text, "full");
        let boxed = Request::post("/echo").body(Full::new(&b"boxed"[..]).boxed()).expect("a request");
        assert_eq!(read(pool.request(boxed).await.expect("it answers")).await.expect("a body").text, "boxed");
        let large = RequestBody::from("y".repeat(3 << 20));
        let large = Request::post("/echo").body(large).expect("a request");
        let got = read(pool.request(large).await.expect("it answers")).await.expect("a body");
        assert_eq!((got.text.len(), got.lease.uses), (3 << 20, 3));
    }
}

#[tokio::test]
async fn an_answer_that_ends_with_the_connection_is_whole() {
    let server = serve(|mut guest| async move {
        guest.request().await.expect("a request");
        guest.say("HTTP/1.1 200 OK\r\n\r\nto the end").await;
    })
    .await;
    let pool = client([server.url()], |_| ());
    for _ in 0..2 {
        assert_eq!(get(&pool, "/").await.expect("it answers").text, "to the end");
    }
    assert_eq!(server.connections(), 2);
}

fn version(speaks: Speaks) -> pool_connector_http::HttpVersion {
    match speaks {
        Speaks::Http1 => pool_connector_http::HttpVersion::Http1,
        Speaks::Http2 => pool_connector_http::HttpVersion::Http2,
    }
}
