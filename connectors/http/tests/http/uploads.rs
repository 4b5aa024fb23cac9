//! Answers that end, or are given up, while their requests are still being sent. In HTTP/2 the stream is open until then.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use pool_connector_http::{HttpBody, HttpError, HttpOptions, HttpPool, HttpVersion};
use pool_core::Outcome;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::peers::{Backend, Heard, Http2Guest, Http2Peer, Speaks};
use crate::{AMPLE, client, dialed, get, until};

const CANCEL: u32 = 8;

/// A body of what is sent here, until its source fails.
struct Sent(mpsc::Receiver<io::Result<Bytes>>);

type Source = mpsc::Sender<io::Result<Bytes>>;

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|data| data.map(|data| data.map(Frame::data)))
    }
}

type Asked = JoinHandle<Result<Response<HttpBody>, HttpError>>;

fn upload(pool: &HttpPool) -> (Source, Asked) {
    let (sender, receiver) = mpsc::channel(1);
    let (pool, request) = (pool.clone(), Request::post("/").body(Sent(receiver)).expect("a request"));
    (sender, tokio::spawn(async move { pool.request(request).await }))
}

async fn answered(asked: Asked) -> Response<HttpBody> {
    let ended = tokio::time::timeout(AMPLE, asked).await.expect("it ends");
    ended.expect("no panic").expect("it is answered")
}

fn pool(peer: &Http2Peer, change: impl FnOnce(&mut HttpOptions)) -> HttpPool {
    client([peer.url()], |options| {
        options.version = HttpVersion::Http2;
        change(options);
    })
}

/// A request that is being sent, on the only stream of its connection.
struct Begun {
    pool: HttpPool,
    sender: Source,
    asked: Asked,
    guest: Http2Guest,
    stream: u32,
    _peer: Http2Peer,
}

async fn begun(change: impl FnOnce(&mut HttpOptions)) -> Begun {
    let peer = Http2Peer::start().await;
    let pool = pool(&peer, change);
    let (sender, asked) = upload(&pool);
    let mut guest = peer.accept(1).await;
    let stream = guest.request().await;
    Begun { pool, sender, asked, guest, stream, _peer: peer }
}

/// The connection takes another request, on its only stream.
async fn goes_on(pool: &HttpPool, guest: &mut Http2Guest) {
    until(pool, "no lease", |now| now.leases == 0).await;
    let next = {
        let pool = pool.clone();
        tokio::spawn(async move { get(&pool, "/").await })
    };
    let stream = guest.request().await;
    guest.answer(stream, "next").await;
    assert_eq!(next.await.expect("no panic").expect("it is answered").text, "next");
    assert_eq!(dialed(pool), 1);
}

async fn closed(sender: &Source) {
    tokio::time::timeout(AMPLE, sender.closed()).await.expect("nobody sends what nobody wants");
}

#[tokio::test]
async fn an_answer_that_is_dropped_unread_resets_its_stream() {
    let Begun { pool, sender, asked, mut guest, stream, .. } = begun(|_| ()).await;
    guest.begin_answer(stream).await;
    drop(answered(asked).await);
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));
    closed(&sender).await;
    goes_on(&pool, &mut guest).await;
}

#[tokio::test]
async fn so_does_one_whose_server_reads_no_more() {
    let Begun { pool, sender, asked, mut guest, stream, .. } = begun(|_| ()).await;
    // Until its window is full.
    let piece = Bytes::from(vec![7; 10_000]);
    while sender.send_timeout(Ok(piece.clone()), Duration::from_millis(200)).await.is_ok() {}
    guest.begin_answer(stream).await;
    drop(answered(asked).await);
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));
    closed(&sender).await;
    goes_on(&pool, &mut guest).await;
}

#[tokio::test]
async fn an_answer_that_is_read_to_its_end_ends_the_request_too() {
    let Begun { pool, sender, asked, mut guest, stream, .. } = begun(|_| ()).await;
    guest.answer(stream, "that will do").await;
    let bytes = answered(asked).await.into_body().collect().await.expect("a whole body").to_bytes();
    assert_eq!(bytes, "that will do");
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));
    closed(&sender).await;
    goes_on(&pool, &mut guest).await;
}

#[tokio::test]
async fn as_long_as_the_answer_is_held_the_request_goes_on() {
    for to_its_end in [true, false] {
        let Begun { pool, sender, asked, mut guest, stream, .. } = begun(|_| ()).await;
        guest.answer(stream, "all there is").await;
        let mut answer = answered(asked).await;
        let piece = answer.body_mut().frame().await.expect("a piece").expect("good");
        assert_eq!(piece.into_data().expect("data"), "all there is");
        assert!(answer.body_mut().frame().await.is_none());
        for _ in 0..5 {
            sender.send(Ok(Bytes::from("more"))).await.expect("it is sent");
        }
        assert_eq!(pool.pool().snapshot().leases, 1, "the stream is open");
        if to_its_end {
            drop(sender);
            assert_eq!(guest.hear().await, Heard::End(stream));
            assert!(answer.body_mut().frame().await.is_none());
            assert_eq!(pool.pool().snapshot().leases, 0, "it is over");
        } else {
            drop(answer);
            assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));
            closed(&sender).await;
        }
        goes_on(&pool, &mut guest).await;
    }
}

#[tokio::test]
async fn an_answer_that_stalls_gives_its_stream_up_though_it_is_held() {
    let stalls = |options: &mut HttpOptions| options.body_timeout = Duration::from_millis(100).into();
    let Begun { pool, sender, asked, mut guest, stream, .. } = begun(stalls).await;
    guest.begin_answer(stream).await;
    let mut answer = answered(asked).await;
    let error = answer.body_mut().frame().await.expect("an error").expect_err("it stalls");
    assert!(matches!(error, HttpError::Stalled { .. }), "{error}");
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));
    closed(&sender).await;
    goes_on(&pool, &mut guest).await;
    drop(answer);
}

/// Asks with a body that has begun; the answer, if it comes, and what the body's rest is sent by.
async fn ask_in_part(pool: &HttpPool, path: &str, fails: bool) -> (Result<Response<HttpBody>, HttpError>, Source) {
    let (source, receiver) = mpsc::channel(2);
    source.send(Ok(Bytes::from("abc"))).await.expect("there is room");
    if fails {
        source.send(gone()).await.expect("there is room");
    }
    let request = Request::post(path).body(Sent(receiver)).expect("a request");
    (tokio::time::timeout(AMPLE, pool.request(request)).await.expect("it ends"), source)
}

fn gone() -> io::Result<Bytes> {
    Err(io::Error::other("the file is gone"))
}

fn says_why(error: &HttpError) {
    assert!(matches!(error, HttpError::Upload { .. }) && error.may_have_been_carried_out(), "{error:?}");
    assert!(error.to_string().ends_with("failed: the file is gone"), "{error}");
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert!(source.is_some(), "its own error: {error:?}");
}

#[tokio::test]
async fn a_body_that_fails_says_why_and_is_no_fault_of_the_server() {
    for (speaks, version, discarded, dials) in
        [(Speaks::Http1, HttpVersion::Http1, 2, 3), (Speaks::Http2, HttpVersion::Http2, 0, 1)]
    {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| options.version = version);
        // Before there is an answer, and while it comes.
        let (answer, _source) = ask_in_part(&pool, "/slow", true).await;
        says_why(&answer.expect_err("it fails"));
        let (answer, source) = ask_in_part(&pool, "/drip", false).await;
        let mut answer = answer.expect("it has begun").into_body();
        answer.frame().await.expect("a piece").expect("good");
        source.send(gone()).await.expect("it is read");
        let error = loop {
            match answer.frame().await.expect("it does not end well") {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        says_why(&error);
        get(&pool, "/").await.expect("it answers");
        let counters = pool.pool().snapshot().counters();
        assert_eq!((counters.ended_as(Outcome::Discarded), counters.dials), (discarded, dials), "{speaks:?}");
        assert_eq!(counters.ended_as(Outcome::Failed) + counters.ended_as(Outcome::Broken), 0, "{speaks:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_is_given_up_leaves_the_others_alone() {
    let peer = Http2Peer::start().await;
    let pool = pool(&peer, |_| ());
    let (first, asked) = upload(&pool);
    let mut guest = peer.accept(100).await;
    let mut held = vec![(first, guest.begin(asked).await)];
    for _ in 1..20 {
        let (sender, asked) = upload(&pool);
        held.push((sender, guest.begin(asked).await));
    }
    let (kept, given_up): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, (stream, _))| stream % 4 == 1);
    let mut reset = Vec::new();
    for (sender, (stream, answer)) in given_up {
        drop(answer);
        reset.push(Heard::Reset(stream, CANCEL));
        closed(&sender).await;
        assert_eq!(Some(&guest.hear().await), reset.last());
    }
    for (sender, (stream, answer)) in kept {
        for _ in 0..5 {
            sender.send(Ok(Bytes::from("more"))).await.expect("it is sent");
        }
        drop(sender);
        assert_eq!(guest.hear().await, Heard::End(stream));
        guest.end_answer(stream, "and").await;
        let bytes = answer.into_body().collect().await.expect("a whole body").to_bytes();
        assert_eq!(bytes, "and");
    }
    goes_on(&pool, &mut guest).await;
}

impl Http2Guest {
    /// Takes a request, and begins to answer it.
    async fn begin(&mut self, asked: Asked) -> (u32, Response<HttpBody>) {
        let stream = self.request().await;
        self.begin_answer(stream).await;
        (stream, answered(asked).await)
    }
}
