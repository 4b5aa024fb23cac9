//! HTTP/2: shared connections, whose server has the say.

use std::time::Duration;

use http::Version;
use pool_connector_http::{ConnectError, HttpError, HttpOptions, HttpPool, HttpVersion};
use pool_core::{CloseReason, State};
use pool_tokio::{AcquireError, Fault};

use crate::peers::{Backend, Heard, Http2Peer, Script, Speaks, answer, serve};
use crate::{AMPLE, client, count, dialed, get, limited, open, until};

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const INTERNAL_ERROR: u32 = 2;

fn http2(options: &mut HttpOptions) {
    options.version = HttpVersion::Http2;
}

fn asking(pool: &HttpPool) -> tokio::task::JoinHandle<Result<crate::Got, HttpError>> {
    let pool = pool.clone();
    tokio::spawn(async move { get(&pool, "/").await })
}

async fn done(asking: tokio::task::JoinHandle<Result<crate::Got, HttpError>>) -> crate::Got {
    let ended = tokio::time::timeout(AMPLE, asking).await.expect("it ends");
    ended.expect("no panic").expect("it is answered")
}

#[tokio::test]
async fn many_requests_share_a_connection() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let pool = client([backend.url()], http2);
    // With nothing known of the server, a crowd would have several dialed for.
    get(&pool, "/").await.expect("it answers");
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { get(&pool, "/slow").await })
        })
        .collect();
    backend.until_requests(21).await;
    assert_eq!((backend.connections(), pool.pool().snapshot().leases), (1, 20));
    backend.release(20);
    for one in slow {
        assert_eq!(done(one).await.lease.protocol, Version::HTTP_2);
    }
    let (version, uri, headers) = backend.last();
    assert_eq!((version, uri), (Version::HTTP_2, format!("{}/slow", backend.url())));
    assert!(!headers.contains_key("host"));
    until(&pool, "an idle connection", |now| count(now, State::Idle) == 1 && now.leases == 0).await;
}

#[tokio::test]
async fn more_connections_are_opened_when_the_streams_of_the_present_ones_run_out() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let mut asked = vec![asking(&pool)];
    let mut first = peer.accept(2).await;
    let one = first.request().await;
    asked.extend([asking(&pool), asking(&pool)]);
    let streams = [one, first.request().await];
    let mut second = peer.accept(2).await;
    let third = second.request().await;
    second.answer(third, "c").await;
    for stream in streams {
        first.answer(stream, "ab").await;
    }
    for one in asked {
        done(one).await;
    }
    assert_eq!(dialed(&pool), 2);
}

#[tokio::test]
async fn a_server_that_allows_more_or_fewer_streams_is_followed() {
    let peer = Http2Peer::start().await;
    let pool = limited([peer.url()], http2, |options| options.limits.max_open = 1);
    let asked: Vec<_> = (0..3).map(|_| asking(&pool)).collect();
    let mut guest = peer.accept(1).await;
    let first = guest.request().await;
    until(&pool, "two to wait", |now| now.pending == 2).await;
    guest.allow(2).await;
    let second = guest.request().await;
    until(&pool, "one to wait", |now| now.pending == 1).await;
    guest.allow(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    guest.answer(first, "a").await;
    // One is still open, and no more are allowed.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(pool.pool().snapshot().pending, 1);
    guest.answer(second, "b").await;
    let third = guest.request().await;
    guest.answer(third, "c").await;
    for one in asked {
        done(one).await;
    }
    assert_eq!(dialed(&pool), 1);
}

#[tokio::test]
async fn a_server_that_sets_no_limit_gets_all_requests_on_one_connection() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let mut asked = vec![asking(&pool)];
    let mut guest = peer.accept_without_limit().await;
    let mut streams = vec![guest.request().await];
    asked.extend((0..300).map(|_| asking(&pool)));
    for _ in 0..300 {
        streams.push(guest.request().await);
    }
    for stream in streams {
        guest.answer(stream, "a").await;
    }
    for one in asked {
        done(one).await;
    }
    assert_eq!(dialed(&pool), 1);
}

#[tokio::test]
async fn a_server_that_allows_no_streams_for_now_is_waited_for() {
    let peer = Http2Peer::start().await;
    let pool = limited([peer.url()], http2, |options| options.limits.max_open = 1);
    let asked = asking(&pool);
    let mut guest = peer.accept(0).await;
    until(&pool, "the dial to be done", |now| count(now, State::Idle) == 1 && now.pending == 1).await;
    guest.allow(1).await;
    let stream = guest.request().await;
    guest.answer(stream, "a").await;
    done(asked).await;
}

#[tokio::test]
async fn our_own_limit_of_streams_holds_too() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let pool = limited(
        [backend.url()],
        |options| {
            http2(options);
            options.http2.max_streams = Some(3);
        },
        |options| options.limits.max_open = 1,
    );
    let asked: Vec<_> = (0..12).map(|_| asking(&pool)).collect();
    for one in asked {
        done(one).await;
    }
    assert!(backend.most_at_once() <= 3);
}

#[tokio::test]
async fn a_connection_that_is_going_away_takes_no_new_requests_and_ends_with_those_it_has() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let old = asking(&pool);
    let mut first = peer.accept(10).await;
    let stream = first.request().await;
    first.go_away(stream, NO_ERROR).await;
    let new = asking(&pool);
    let mut second = peer.accept(10).await;
    let on_new = second.request().await;
    second.answer(on_new, "new").await;
    assert_eq!(done(new).await.text, "new");
    first.answer(stream, "old").await;
    let got = done(old).await;
    assert_eq!((got.text.as_str(), got.lease.tried), ("old", 1));
    first.ended().await;
    until(&pool, "one connection", |now| open(now) == 1).await;
    assert_eq!(pool.pool().snapshot().closes, [(CloseReason::DEAD, 1)]);
}

#[tokio::test]
async fn a_server_of_hyper_that_says_goodbye_is_left() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let pool = client([backend.url()], http2);
    let slow = {
        let pool = pool.clone();
        tokio::spawn(async move { get(&pool, "/slow").await })
    };
    backend.until_requests(1).await;
    backend.say_goodbye();
    until(&pool, "the last lease", |now| count(now, State::Leased) == 1 && now.leases == 1).await;
    backend.release(1);
    done(slow).await;
    until(&pool, "it to be closed", |now| open(now) == 0).await;
}

fn posting(pool: &HttpPool) -> tokio::task::JoinHandle<Result<crate::Got, HttpError>> {
    let pool = pool.clone();
    tokio::spawn(async move { crate::post(&pool, "/", "abc").await })
}

#[tokio::test]
async fn what_a_server_has_refused_is_sent_again_whatever_it_is_until_that_is_enough() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let posted = posting(&pool);
    let mut guest = peer.accept(10).await;
    for _ in 0..2 {
        let stream = guest.request().await;
        guest.reset(stream, REFUSED_STREAM).await;
    }
    let stream = guest.request().await;
    guest.answer(stream, "abc").await;
    let got = done(posted).await;
    assert_eq!((got.text.as_str(), got.lease.tried, dialed(&pool)), ("abc", 3, 1));

    let posted = posting(&pool);
    for _ in 0..7 {
        let stream = guest.request().await;
        guest.reset(stream, REFUSED_STREAM).await;
    }
    let error = posted.await.expect("no panic").expect_err("it is always refused");
    assert!(matches!(error, HttpError::Exchange { fault: Fault::UNSENT, .. }), "{error}");
    assert!(!error.may_have_been_carried_out());
}

#[tokio::test]
async fn what_came_too_late_for_a_server_that_goes_away_is_sent_again_on_another_connection() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let posted = posting(&pool);
    let mut first = peer.accept(10).await;
    first.request().await;
    first.go_away(0, NO_ERROR).await;
    let mut second = peer.accept(10).await;
    let again = second.request().await;
    second.answer(again, "abc").await;
    let got = done(posted).await;
    assert_eq!((got.text.as_str(), got.lease.tried, got.lease.uses), ("abc", 2, 1));
}

#[tokio::test]
async fn what_met_a_connection_that_broke_is_sent_again_only_if_that_does_no_harm() {
    for idempotent in [true, false] {
        let peer = Http2Peer::start().await;
        let pool = client([peer.url()], http2);
        let first = asking(&pool);
        let mut guest = peer.accept(10).await;
        let stream = guest.request().await;
        guest.answer(stream, "first").await;
        done(first).await;
        let second = if idempotent { asking(&pool) } else { posting(&pool) };
        guest.request().await;
        drop(guest);
        if idempotent {
            let mut guest = peer.accept(10).await;
            let stream = guest.request().await;
            guest.answer(stream, "again").await;
            let got = done(second).await;
            assert_eq!((got.text.as_str(), got.lease.tried, got.lease.uses), ("again", 2, 1));
        } else {
            let error = second.await.expect("no panic").expect_err("it may have been carried out");
            assert!(matches!(error, HttpError::Exchange { fault: Fault::UNANSWERED, .. }), "{error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_goes_away_with_an_error_from_its_first_request_is_not_asked_again() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let posted = posting(&pool);
    let mut guest = peer.accept(10).await;
    guest.request().await;
    guest.go_away(0, PROTOCOL_ERROR).await;
    let error = posted.await.expect("no panic").expect_err("it would go away again");
    assert!(matches!(error, HttpError::Exchange { fault: Fault::UNSENT, .. }), "{error}");
    assert_eq!(dialed(&pool), 1);
}

#[tokio::test]
async fn what_a_server_has_given_up_is_not_and_the_connection_stays() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let failing = asking(&pool);
    let mut guest = peer.accept(10).await;
    let stream = guest.request().await;
    guest.reset(stream, INTERNAL_ERROR).await;
    let error = failing.await.expect("no panic").expect_err("it was given up");
    assert!(matches!(error, HttpError::Exchange { fault: Fault::BROKEN, .. }), "{error}");
    let next = asking(&pool);
    let stream = guest.request().await;
    guest.answer(stream, "next").await;
    assert_eq!(done(next).await.lease.uses, 2);
}

#[tokio::test]
async fn a_request_or_a_body_that_is_given_up_resets_its_stream_only() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let given_up = asking(&pool);
    let mut guest = peer.accept(10).await;
    let stream = guest.request().await;
    given_up.abort();
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));

    let unread = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get("/").await })
    };
    let stream = guest.request().await;
    guest.begin_answer(stream).await;
    drop(unread.await.expect("no panic").expect("it is answered"));
    assert_eq!(guest.hear().await, Heard::Reset(stream, CANCEL));

    until(&pool, "no lease", |now| now.leases == 0).await;
    let next = asking(&pool);
    let stream = guest.request().await;
    guest.answer(stream, "next").await;
    assert_eq!((done(next).await.lease.uses, dialed(&pool)), (3, 1));
}

#[tokio::test]
async fn a_pool_that_closes_says_goodbye() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let asked = asking(&pool);
    let mut guest = peer.accept(10).await;
    let stream = guest.request().await;
    guest.answer(stream, "a").await;
    done(asked).await;
    pool.pool().close();
    assert_eq!(guest.hear().await, Heard::Goodbye);
    guest.ended().await;
}

#[tokio::test]
async fn a_connection_that_breaks_with_requests_on_it_fails_them_all_and_goes() {
    let peer = Http2Peer::start().await;
    let pool = client([peer.url()], http2);
    let asked: Vec<_> = (0..3).map(|_| asking(&pool)).collect();
    let mut guest = peer.accept(10).await;
    for _ in 0..3 {
        guest.request().await;
    }
    drop(guest);
    drop(peer);
    for one in asked {
        assert!(one.await.expect("no panic").is_err());
    }
    until(&pool, "no connection", |now| open(now) == 0).await;
}

#[tokio::test]
async fn a_server_that_does_not_speak_http_2_is_found_out_at_the_dial() {
    let silent = serve(|guest| async move { drop(guest) }).await;
    let garbled = serve(|mut guest| async move {
        guest.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        tokio::time::sleep(AMPLE).await;
    })
    .await;
    let nginx_like: &Script = &garbled;
    let error = first_error(nginx_like).await;
    assert!(matches!(error, ConnectError::NoHttp2 { asked: false, .. }), "{error}");
    let error = first_error(&silent).await;
    assert!(matches!(error, ConnectError::Ended { .. }), "{error}");
    // What an answer looks like on HTTP/1.1 is no concern here.
    assert!(answer("a").starts_with("HTTP/1.1 200"));
}

/// Why the dial of a server fails.
async fn first_error(server: &Script) -> ConnectError {
    let connector = crate::connector(http2);
    let (endpoint, handle) = (pool_core::Endpoint::new(server.url()), pool_core::Handle::detached());
    let cx = pool_core::ConnectCx::new(&endpoint, "test", AMPLE, &handle);
    pool_core::Connector::connect(&connector, &cx).await.expect_err("no HTTP/2")
}

#[tokio::test]
async fn a_server_that_never_says_its_settings_ends_the_dial_at_its_deadline() {
    let silent = clearpool_servers::serve_holding();
    let pool = limited([silent], http2, |options| {
        options.dial.timeout = Duration::from_millis(200).into();
        options.wait.timeout = Duration::from_millis(600).into();
    });
    let error = get(&pool, "/").await.expect_err("it never speaks");
    let is_late =
        matches!(&error, HttpError::Acquire { error: AcquireError::Timeout { .. } | AcquireError::Dial { .. }, .. });
    assert!(is_late, "{error}");
}
