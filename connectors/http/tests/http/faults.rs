//! A network that delays, holds back and cuts.

use std::time::Duration;

use clearpool_servers::FaultProxy;
use http_body_util::BodyExt;
use pool_connector_http::{HttpError, HttpVersion};
use pool_core::{CloseReason, HumanDuration};
use pool_tokio::AcquireError;

use crate::peers::{Backend, Speaks, serve};
use crate::{client, dialed, get, limited, open, post, until};

#[tokio::test]
async fn a_connection_that_is_cut_in_the_middle_of_a_response_fails_its_body_and_goes() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let proxy = FaultProxy::to(backend.address);
        let pool = client([format!("http://{}", proxy.address())], |options| options.version = version(speaks));
        get(&pool, "/").await.expect("it answers");
        proxy.cut_after(Some(100_000));
        let response = pool.get("/big").await.expect("its head comes");
        let error = response.into_body().collect().await.expect_err("it is cut");
        assert!(matches!(error, HttpError::Body { .. }), "{error}");
        assert!(
            error.to_string().contains(&proxy.address().to_string()) && error.may_have_been_carried_out(),
            "{error}"
        );
        until(&pool, "it to be closed", |now| open(now) == 0).await;
        proxy.cut_after(None);
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 1, "{speaks:?}");
    }
}

#[tokio::test]
async fn idle_connections_that_are_cut_go_at_once_and_cost_no_request() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let proxy = FaultProxy::to(backend.address);
        let pool = client([format!("http://{}", proxy.address())], |options| options.version = version(speaks));
        for _ in 0..5 {
            get(&pool, "/").await.expect("it answers");
            proxy.cut();
            until(&pool, "it to be closed", |now| open(now) == 0).await;
        }
        assert_eq!((dialed(&pool), backend.requests()), (5, 5));
        assert_eq!(pool.pool().snapshot().closes, [(CloseReason::DEAD, 5)]);
    }
}

#[tokio::test]
async fn a_slow_network_is_waited_for() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let proxy = FaultProxy::to(backend.address);
    let pool = client([format!("http://{}", proxy.address())], |_| ());
    proxy.delay(Duration::from_millis(100));
    for uses in 1..=2 {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_fails_the_request() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| {
            options.version = version(speaks);
            options.response_timeout = HumanDuration::from_secs(1);
        });
        get(&pool, "/").await.expect("it answers");
        let error = get(&pool, "/slow").await.expect_err("it does not answer");
        assert!(matches!(error, HttpError::Late { .. }) && error.to_string().contains("1s"), "{error}");
        // Of a shared connection only the stream is given up.
        let uses = if speaks == Speaks::Http2 { 3 } else { 1 };
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
        assert_eq!(backend.requests(), 3, "it was not sent again");
    }
}

#[tokio::test]
async fn a_body_that_stalls_fails_in_time_and_one_that_nobody_reads_does_not() {
    for speaks in [Speaks::Http1, Speaks::Http2] {
        let backend = Backend::start("a", speaks).await;
        let pool = client([backend.url()], |options| {
            options.version = version(speaks);
            options.body_timeout = HumanDuration::from_millis(300);
        });
        let mut response = pool.get("/drip").await.expect("its head comes");
        tokio::time::sleep(Duration::from_millis(400)).await;
        response.frame().await.expect("a first piece").expect("it was there in time");
        let error = response.frame().await.expect("not the end").expect_err("there is no second");
        assert!(matches!(error, HttpError::Stalled { .. }) && error.to_string().contains("300ms"), "{error}");
        let uses = if speaks == Speaks::Http2 { 2 } else { 1 };
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses, "{speaks:?}");
    }
}

#[tokio::test]
async fn a_network_that_holds_everything_back_ends_requests_at_their_deadline() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let proxy = FaultProxy::to(backend.address);
    let pool = limited(
        [format!("http://{}", proxy.address())],
        |options| options.version = HttpVersion::Http2,
        |options| {
            options.dial.timeout = HumanDuration::from_millis(200);
            options.wait.timeout = HumanDuration::from_millis(500);
        },
    );
    proxy.hold(true);
    let error = get(&pool, "/").await.expect_err("nothing passes");
    let is_told = matches!(
        &error,
        HttpError::Acquire { error: AcquireError::Timeout { .. } | AcquireError::Dial { .. }, failed: None }
    );
    assert!(is_told && !error.may_have_been_carried_out(), "{error}");
    proxy.hold(false);
    let answered = async { while get(&pool, "/").await.is_err() {} };
    tokio::time::timeout(crate::AMPLE, answered).await.expect("it answers again");
}

#[tokio::test]
async fn a_dead_server_is_found_out_by_pings() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let proxy = FaultProxy::to(backend.address);
    let pool = client([format!("http://{}", proxy.address())], |options| {
        options.version = HttpVersion::Http2;
        options.http2.ping_interval = HumanDuration::from_millis(200);
        options.http2.ping_timeout = HumanDuration::from_secs(3);
        options.http2.ping_while_idle = true;
    });
    get(&pool, "/").await.expect("it answers");
    proxy.hold(true);
    until(&pool, "it to be closed", |now| open(now) == 0).await;
    proxy.hold(false);
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 1);
}

#[tokio::test]
async fn an_idle_connection_is_checked_by_a_request_if_that_is_wanted() {
    let server = serve(|mut guest| async move {
        while let Some(request) = guest.request().await {
            match request.split(' ').collect::<Vec<_>>()[..2] {
                ["HEAD", "/healthz"] if guest.number == 1 => guest.say("HTTP/1.1 503 Busy\r\n\r\n").await,
                ["HEAD", "/healthz"] => guest.say("HTTP/1.1 204 No Content\r\n\r\n").await,
                _ => guest.answer("1").await,
            }
        }
    })
    .await;
    let pool = limited(
        [server.url()],
        |options| options.check_path = Some("/healthz".to_owned()),
        |options| options.upkeep.check_after_idle = HumanDuration::ZERO,
    );
    for (uses, connections) in [(1, 1), (1, 2), (2, 2)] {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
        assert_eq!(server.connections(), connections);
    }
}

#[tokio::test]
async fn a_shared_connection_is_checked_too() {
    let backend = Backend::start("a", Speaks::Http2).await;
    let pool = limited(
        [backend.url()],
        |options| {
            options.version = HttpVersion::Http2;
            options.check_path = Some("/healthz".to_owned());
        },
        |options| options.upkeep.check_after_idle = HumanDuration::ZERO,
    );
    for uses in 1..=3 {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
    }
    assert_eq!((backend.connections(), backend.requests()), (1, 5), "two checks");
}

#[tokio::test]
async fn a_check_that_is_not_answered_ends_at_its_deadline() {
    let server = serve(|mut guest| async move {
        while let Some(request) = guest.request().await {
            if !request.starts_with("HEAD") {
                guest.answer("1").await;
            }
        }
    })
    .await;
    let pool = limited(
        [server.url()],
        |options| options.check_path = Some("/".to_owned()),
        |options| {
            options.upkeep.check_after_idle = HumanDuration::ZERO;
            options.upkeep.check_timeout = HumanDuration::from_millis(100);
        },
    );
    for _ in 0..2 {
        assert_eq!(post(&pool, "/", "abc").await.expect("it answers").lease.uses, 1);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_that_speaks_no_http_fails_the_request_and_is_not_asked_again() {
    let server = serve(|mut guest| async move {
        guest.request().await;
        guest.say("SSH-2.0-OpenSSH\r\n\r\n").await;
    })
    .await;
    let pool = client([server.url()], |_| ());
    let error = get(&pool, "/").await.expect_err("this is no answer");
    assert!(matches!(error, HttpError::Exchange { .. }), "{error}");
    assert_eq!(server.connections(), 1);
    until(&pool, "it to be closed", |now| open(now) == 0).await;
}

fn version(speaks: Speaks) -> HttpVersion {
    match speaks {
        Speaks::Http1 => HttpVersion::Http1,
        Speaks::Http2 => HttpVersion::Http2,
    }
}
