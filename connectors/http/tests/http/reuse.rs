//! When a connection serves again, and when it does not.

use std::time::Duration;

use http::{Request, StatusCode, Version};
use http_body_util::BodyExt;
use pool_connector_http::{RequestBody, ServerErrors};
use pool_core::{CloseReason, HumanDuration, Outcome, State};

use crate::peers::{Backend, Script, Speaks, serve};
use crate::{client, count, dialed, get, lease, let_pass, limited, open, post, read, until};

#[tokio::test]
async fn a_connection_of_http_1_serves_one_request_after_the_other() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    for uses in 1..=3 {
        let got = get(&pool, "/").await.expect("it answers");
        assert_eq!((got.status, got.text.as_str(), got.lease.uses), (200, "a", uses));
        assert_eq!((got.lease.reused, got.lease.protocol), (uses > 1, Version::HTTP_11));
        assert_eq!(got.lease.endpoint, backend.url());
    }
    assert_eq!(post(&pool, "/echo", "abc").await.expect("it answers").text, "abc");
    assert_eq!((backend.connections(), backend.requests(), dialed(&pool)), (1, 4, 1));
    let (version, uri, headers) = backend.last();
    assert_eq!((version, uri.as_str()), (Version::HTTP_11, "/echo"));
    assert_eq!(headers["host"], backend.address.to_string().as_str());
}

#[tokio::test]
async fn a_response_without_body_gives_the_connection_back_at_once() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    let empty = pool.get("/empty").await.expect("it answers");
    assert_eq!(empty.status(), StatusCode::NO_CONTENT);
    let head = Request::head("/big").body(RequestBody::empty()).expect("a request");
    let head = pool.request(head).await.expect("it answers");
    assert_eq!((head.status(), lease(&head).uses), (StatusCode::OK, 2));
    // Both responses are still held.
    until(&pool, "an idle connection", |now| count(now, State::Idle) == 1).await;
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 3);
    drop((empty, head));
}

#[tokio::test]
async fn a_body_that_is_being_read_keeps_the_connection_and_its_end_gives_it_back() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    let mut response = pool.get("/big").await.expect("it answers");
    let first = response.frame().await.expect("there is more").expect("a good frame");
    assert!(first.is_data());
    assert_eq!(count(&pool.pool().snapshot(), State::Leased), 1);
    assert_eq!(get(&pool, "/").await.expect("another is dialed").lease.uses, 1);
    read(response).await.expect("the rest");
    until(&pool, "both to be idle", |now| count(now, State::Idle) == 2).await;
    assert_eq!(backend.connections(), 2);
}

#[tokio::test]
async fn a_body_that_nobody_reads_costs_the_connection() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    drop(pool.get("/drip").await.expect("it answers"));
    until(&pool, "it to be closed", |now| open(now) == 0).await;
    assert_eq!(pool.pool().snapshot().closes, [(CloseReason::DISCARDED, 1)]);
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 1);
}

#[tokio::test]
async fn a_request_that_is_given_up_costs_the_connection() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    tokio::select! {
        _ = pool.get("/slow") => panic!("nobody has let it answer"),
        () = backend.until_requests(1) => {}
    }
    until(&pool, "it to be closed", |now| open(now) == 0).await;
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 1);
}

#[tokio::test]
async fn what_a_server_says_is_its_last_answer_is_believed() {
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1",
        "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=0\r\nContent-Length: 1\r\n\r\n1",
    ] {
        let server = answering(answer).await;
        let pool = client([server.url()], |_| ());
        for _ in 0..2 {
            let got = get(&pool, "/").await.expect("it answers");
            assert_eq!((got.text.as_str(), got.lease.uses, got.lease.tried), ("1", 1, 1), "{answer}");
        }
        assert_eq!(server.connections(), 2, "{answer}");
        // It went well all the same, which is what balance policies are told.
        let told = pool.pool().snapshot().endpoints[0].counters.ended_as(Outcome::Ok);
        assert_eq!(told, 2, "{answer}");
    }
}

#[tokio::test]
async fn http_1_0_with_keep_alive_serves_again_and_a_request_that_wants_the_end_has_it() {
    let server = answering("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n1").await;
    let pool = client([server.url()], |_| ());
    for _ in 0..2 {
        get(&pool, "/").await.expect("it answers");
    }
    assert_eq!(server.connections(), 1);
    let last = Request::get("/").header("connection", "close").body(RequestBody::empty()).expect("a request");
    read(pool.request(last).await.expect("it answers")).await.expect("a whole body");
    until(&pool, "it to be closed", |now| open(now) == 0).await;
}

#[tokio::test]
async fn a_server_s_hint_of_how_long_it_keeps_a_connection_is_honoured() {
    let server = answering("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 1\r\n\r\n1").await;
    let pool = limited([server.url()], |_| (), |options| options.wait.timeout = HumanDuration::NEVER);
    for uses in 1..=2 {
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, uses);
    }
    let_pass(Duration::from_secs(58)).await;
    assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 3);
    let_pass(Duration::from_millis(59_500)).await;
    let got = get(&pool, "/").await.expect("it answers");
    assert_eq!((got.lease.uses, server.connections()), (1, 2), "the server would keep it for half a second more");
}

#[tokio::test]
async fn what_a_server_says_unasked_ends_an_idle_connection() {
    let server = serve(|mut guest| async move {
        guest.request().await.expect("a request");
        guest.answer("1").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        guest.say("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n").await;
        let _ = guest.request().await;
    })
    .await;
    let pool = client([server.url()], |_| ());
    get(&pool, "/").await.expect("it answers");
    until(&pool, "it to be closed", |now| open(now) == 0).await;
    assert_eq!(pool.pool().snapshot().closes, [(CloseReason::DEAD, 1)]);
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed_and_all_are_served_in_turn() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = limited([backend.url()], |_| (), |options| options.limits.max_open = 2);
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { get(&pool, "/").await.expect("it answers").lease })
        })
        .collect();
    for one in asking {
        one.await.expect("no panic");
    }
    assert_eq!(backend.requests(), 20);
    assert!(backend.connections() <= 2 && backend.most_at_once() <= 2);
}

#[tokio::test]
async fn an_answer_of_an_error_keeps_the_connection_and_is_told_to_who_balances() {
    let backend = Backend::start("a", Speaks::Http1).await;
    for (told, server_errors) in [(Some("failed"), ServerErrors::Failed), (None, ServerErrors::Ok)] {
        let pool = client([backend.url()], |options| options.server_errors = server_errors);
        let got = get(&pool, "/broken").await.expect("an answer is an answer");
        assert_eq!((got.status, got.text.as_str()), (503, "broken"));
        assert_eq!(get(&pool, "/").await.expect("it answers").lease.uses, 2);
        let failed = pool.pool().snapshot().endpoints[0].counters.ended_as(Outcome::Failed);
        assert_eq!(failed, u64::from(told.is_some()), "{server_errors:?}");
    }
}

#[tokio::test]
async fn a_lease_tells_where_its_request_was_made() {
    let backend = Backend::start("a", Speaks::Http1).await;
    let pool = client([backend.url()], |_| ());
    let held = pool.get("/big").await.expect("it answers");
    let leases = pool.pool().leases();
    let site = leases[0].site.expect("it has a place");
    assert!(site.file().ends_with("reuse.rs"), "{site}");
    drop(held);
}

/// A server that answers each request so.
async fn answering(answer: &'static str) -> Script {
    serve(move |mut guest| async move {
        while guest.request().await.is_some() {
            guest.say(answer).await;
        }
    })
    .await
}
