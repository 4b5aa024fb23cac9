//! What is sent once more, and what never is (pitfall T27).

use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use pool_connector_http::{HttpError, HttpPool, RequestBody, Retries};
use pool_tokio::Fault;

use crate::peers::{Script, serve};
use crate::{Got, client, get, read};

/// How a server treats the second request on its first connection.
#[derive(Debug, Clone, Copy)]
enum Treats {
    /// It takes it, and ends the connection without a word.
    WithSilence,
    /// It takes it, and resets the connection.
    WithReset,
    /// It begins an answer, and breaks off.
    WithHalfAnAnswer,
}

/// A server whose first connection is good for one request only; all others answer every request.
async fn stale(treats: Treats) -> Script {
    serve(move |mut guest| async move {
        guest.request().await.expect("a first request");
        guest.answer("first").await;
        while guest.request().await.is_some() {
            match treats {
                _ if guest.number > 1 => guest.answer("again").await,
                Treats::WithSilence => return,
                Treats::WithReset => return guest.reset(),
                Treats::WithHalfAnAnswer => return guest.say("HTTP/1.1 2").await,
            }
        }
    })
    .await
}

/// A client whose only connection has served once.
async fn used_once(server: &Script, retry: Retries) -> HttpPool {
    let pool = client([server.url()], |options| options.retry = retry);
    assert_eq!(get(&pool, "/").await.expect("it answers").text, "first");
    pool
}

fn request(method: Method, key: bool) -> http::request::Builder {
    let request = Request::builder().method(method).uri("/");
    if key { request.header("Idempotency-Key", "7") } else { request }
}

async fn send(pool: &HttpPool, request: http::Result<Request<RequestBody>>) -> Result<Got, HttpError> {
    read(pool.request(request.expect("a request")).await?).await
}

#[tokio::test]
async fn a_request_that_met_a_stale_connection_is_sent_again_if_that_does_no_harm() {
    for treats in [Treats::WithSilence, Treats::WithReset] {
        for (method, key, body) in [
            (Method::GET, false, RequestBody::empty()),
            (Method::HEAD, false, RequestBody::empty()),
            (Method::GET, false, RequestBody::from("abc")),
            (Method::POST, true, RequestBody::from("abc")),
            (Method::POST, true, RequestBody::replayable(|| Full::new(&b"abc"[..]))),
        ] {
            let server = stale(treats).await;
            let pool = used_once(&server, Retries::Once).await;
            let got = send(&pool, request(method.clone(), key).body(body)).await.expect("it is sent again");
            assert_eq!((got.lease.tried, got.lease.uses), (2, 1), "{treats:?} {method}: on a fresh connection");
            assert_eq!((server.connections(), server.requests()), (2, 3));
        }
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_carried_out_is_not() {
    for treats in [Treats::WithSilence, Treats::WithReset] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let server = stale(treats).await;
            let pool = used_once(&server, Retries::UntilFresh).await;
            let error = send(&pool, request(method.clone(), false).body("abc".into())).await.expect_err("it failed");
            let HttpError::Exchange { fault, .. } = &error else { panic!("{error}") };
            assert_eq!(*fault, Fault::UNANSWERED, "{treats:?} {method}");
            assert!(error.may_have_been_carried_out() && error.to_string().contains(&server.address.to_string()));
            assert_eq!(server.requests(), 2, "{method}");
        }
    }
}

#[tokio::test]
async fn a_request_whose_body_is_used_up_is_not() {
    let server = stale(Treats::WithSilence).await;
    let pool = used_once(&server, Retries::UntilFresh).await;
    // No longer known as a body of bytes.
    let once = Request::get("/").body(Full::new(&b"abc"[..]).boxed()).expect("a request");
    assert!(pool.request(once).await.is_err());
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_request_of_whose_answer_a_part_was_seen_is_not() {
    let server = stale(Treats::WithHalfAnAnswer).await;
    let pool = used_once(&server, Retries::UntilFresh).await;
    let error = get(&pool, "/").await.expect_err("it failed");
    assert!(matches!(error, HttpError::Exchange { fault: Fault::BROKEN, .. }), "{error}");
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_request_on_a_fresh_connection_is_not() {
    let server = serve(|mut guest| async move { drop(guest.request().await) }).await;
    for retry in [Retries::Once, Retries::UntilFresh] {
        let pool = client([server.url()], |options| options.retry = retry);
        let error = get(&pool, "/").await.expect_err("it failed");
        assert!(matches!(error, HttpError::Exchange { fault: Fault::UNANSWERED, .. }), "{error}");
    }
    assert_eq!((server.connections(), server.requests()), (2, 2));
}

#[tokio::test]
async fn nothing_is_sent_again_if_that_is_not_wanted() {
    let server = stale(Treats::WithSilence).await;
    let pool = used_once(&server, Retries::Never).await;
    assert!(get(&pool, "/").await.is_err());
    assert_eq!(server.requests(), 2);
}

/// The connection is closed while the request is on its way to the task that would write it: so nothing is written,
/// and any request may be sent again, whatever its body. On a runtime of one thread the client has not seen the end.
#[tokio::test]
async fn a_request_of_which_nothing_was_written_is_sent_again_whatever_it_is() {
    let server = serve(|mut guest| async move {
        guest.request().await.expect("a request");
        guest.answer("1").await;
        if guest.number > 1 {
            while guest.request().await.is_some() {
                guest.answer("2").await;
            }
        }
        // In one go with the answer: there is no await in between.
        guest.reset();
    })
    .await;
    let mut unwritten = 0;
    for _ in 0..50 {
        let pool = client([server.url()], |_| ());
        get(&pool, "/").await.expect("it answers");
        let once = Request::post("/").body(Full::new(&b"abc"[..]).boxed()).expect("a request");
        match pool.request(once).await {
            Ok(response) => unwritten += u32::from(crate::lease(&response).tried == 2),
            // It was written before the end was seen.
            Err(error) => assert!(error.may_have_been_carried_out(), "{error}"),
        }
    }
    println!("{unwritten} of 50 were sent again");
}

#[tokio::test]
async fn all_stale_connections_are_given_up_for_a_fresh_one() {
    let server = stale(Treats::WithSilence).await;
    let pool = used_once(&server, Retries::Once).await;
    // Two requests at once have two connections; each of these is good for some more.
    let got = get(&pool, "/").await.expect("it is sent again");
    assert_eq!((got.text.as_str(), got.lease.tried), ("first", 2));
    assert_eq!(get(&pool, "/").await.expect("it answers").text, "again");
}

#[tokio::test]
async fn a_second_try_that_finds_no_connection_tells_of_the_first() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        drop(listener);
        crate::peers::read_request(&mut stream).await.expect("a request");
        let answer = crate::peers::answer("1");
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await.expect("the client is there");
        crate::peers::read_request(&mut stream).await.expect("another request");
    });
    let pool = client([format!("http://{address}")], |_| ());
    get(&pool, "/").await.expect("it answers");
    let error = get(&pool, "/").await.expect_err("nobody listens any more");
    serving.await.expect("it went as told");
    let HttpError::Acquire { failed: Some(failed), .. } = &error else { panic!("{error}") };
    assert!(matches!(**failed, HttpError::Exchange { .. }), "{failed}");
    assert!(error.may_have_been_carried_out() && error.to_string().contains("what had failed"), "{error}");
}
