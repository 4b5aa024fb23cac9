//! What is sent once more, and what never is (pitfall T27).

use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use pool_connector_http::{HttpError, HttpPool, RequestBody, Retries};
use pool_tokio::Fault;

use crate::peers::{Script, serve};
use crate::{Got, client, get, read};

/// How a server ends its first connection, when a second request has come on it.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Without a word.
    Silence,
    /// By a reset.
    Reset,
    /// In the middle of an answer.
    HalfAnAnswer,
}

/// A server whose first connection is good for one request only; all others answer every request.
async fn stale(end: End) -> Script {
    serve(move |mut guest| async move {
        guest.request().await.expect("a first request");
        guest.answer("first").await;
        while guest.request().await.is_some() {
            match end {
                _ if guest.number > 1 => guest.answer("again").await,
                End::Silence => return,
                End::Reset => return guest.reset(),
                End::HalfAnAnswer => return guest.say("HTTP/1.1 2").await,
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
    for end in [End::Silence, End::Reset] {
        for (method, key, body) in [
            (Method::GET, false, RequestBody::empty()),
            (Method::HEAD, false, RequestBody::empty()),
            (Method::GET, false, RequestBody::from("abc")),
            (Method::POST, true, RequestBody::from("abc")),
            (Method::POST, true, RequestBody::replayable(|| Full::new(&b"abc"[..]))),
        ] {
            let server = stale(end).await;
            let pool = used_once(&server, Retries::Once).await;
            let got = send(&pool, request(method.clone(), key).body(body)).await.expect("it is sent again");
            assert_eq!((got.lease.tried, got.lease.uses), (2, 1), "{end:?} {method}: on a fresh connection");
            assert_eq!((server.connections(), server.requests()), (2, 3));
        }
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_carried_out_is_not() {
    for end in [End::Silence, End::Reset] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let server = stale(end).await;
            let pool = used_once(&server, Retries::UntilFresh).await;
            let error = send(&pool, request(method.clone(), false).body("abc".into())).await.expect_err("it failed");
            let HttpError::Exchange { fault, .. } = &error else { panic!("{error}") };
            assert_eq!(*fault, Fault::UNANSWERED, "{end:?} {method}");
            assert!(error.may_have_been_carried_out() && error.to_string().contains(&server.address.to_string()));
            assert_eq!(server.requests(), 2, "{method}");
        }
    }
}

#[tokio::test]
async fn a_request_whose_body_is_used_up_is_not() {
    let server = stale(End::Silence).await;
    let pool = used_once(&server, Retries::UntilFresh).await;
    // No longer known as a body of bytes.
    let once = Request::get("/").body(Full::new(&b"abc"[..]).boxed()).expect("a request");
    assert!(pool.request(once).await.is_err());
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_request_of_whose_answer_a_part_was_seen_is_not() {
    let server = stale(End::HalfAnAnswer).await;
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
    let server = stale(End::Silence).await;
    let pool = used_once(&server, Retries::Never).await;
    assert!(get(&pool, "/").await.is_err());
    assert_eq!(server.requests(), 2);
}

/// The runtime has one thread, which stands still while the server resets the connection: so the client has not seen
/// that when it begins to write, and the very first write fails.
#[tokio::test]
async fn a_request_of_which_nothing_was_written_is_sent_again_whatever_it_is() {
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let serving = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a connection");
            answer_once(&stream, "first");
            wait.recv().expect("the test goes on");
            socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).expect("a socket");
            drop(stream);
            listener
        });
        let pool = client([format!("http://{address}")], |_| ());
        assert_eq!(get(&pool, "/").await.expect("it answers").text, "first");
        go.send(()).expect("it waits");
        let listener = serving.join().expect("it went as told");
        std::thread::spawn(move || answer_once(&listener.accept().expect("another connection").0, "second"));
        let got = send(&pool, request(method, false).body("abc".into())).await.expect("it is sent again");
        assert_eq!((got.text.as_str(), got.lease.tried, got.lease.uses), ("second", 2, 1));
    }
}

/// Reads a request, and answers it.
fn answer_once(mut stream: &std::net::TcpStream, text: &str) {
    use std::io::{Read, Write};
    let mut request = [0; 1024];
    assert!(stream.read(&mut request).expect("a request") > 0);
    stream.write_all(crate::peers::answer(text).as_bytes()).expect("the client is there");
}

#[tokio::test]
async fn all_stale_connections_are_given_up_for_a_fresh_one() {
    let server = stale(End::Silence).await;
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
