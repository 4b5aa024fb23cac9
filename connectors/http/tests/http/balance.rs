//! A client over several backends.

use std::collections::BTreeMap;

use pool_connector_http::{HttpError, HttpPool};

use crate::peers::{Backend, Speaks};
use crate::{client, get, until};

async fn three() -> [Backend; 3] {
    [
        Backend::start("a", Speaks::Http1).await,
        Backend::start("b", Speaks::Http1).await,
        Backend::start("c", Speaks::Http1).await,
    ]
}

/// Who answered how often.
async fn answers(pool: &HttpPool, requests: usize) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    for _ in 0..requests {
        *answers.entry(get(pool, "/").await.expect("one of them answers").text).or_default() += 1;
    }
    answers
}

fn evenly(names: &[&str], each: usize) -> BTreeMap<String, usize> {
    names.iter().map(|name| ((*name).to_owned(), each)).collect()
}

#[tokio::test]
async fn requests_with_a_path_are_balanced_over_the_backends() {
    let backends = three().await;
    let pool = client(backends.iter().map(Backend::url), |_| ());
    pool.pool().warm(3).await.expect("all listen");
    assert_eq!(answers(&pool, 30).await, evenly(&["a", "b", "c"], 10));
    assert!(backends.iter().all(|backend| backend.connections() == 1));
}

#[tokio::test]
async fn a_backend_that_goes_away_is_left_out_and_one_that_comes_back_is_not() {
    let mut backends = three().await;
    let pool = client(backends.iter().map(Backend::url), |_| ());
    answers(&pool, 6).await;
    backends[1].stop().await;
    // Its connection is seen to be closed; a dial that fails costs nobody its request.
    until(&pool, "two connections", |now| crate::open(now) == 2).await;
    assert_eq!(answers(&pool, 20).await.keys().collect::<Vec<_>>(), ["a", "c"]);
    backends[1].restart(Speaks::Http1).await;
    let back = async {
        while !answers(&pool, 3).await.contains_key("b") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::AMPLE, back).await.expect("it is dialed again");
}

#[tokio::test]
async fn a_whole_uri_goes_to_the_endpoint_of_its_origin_or_nowhere() {
    let backends = three().await;
    let pool = client(backends.iter().map(Backend::url), |_| ());
    for _ in 0..5 {
        let got = get(&pool, &format!("{}/", backends[2].url())).await.expect("it answers");
        assert_eq!(got.text, "c");
    }
    let error = get(&pool, "http://elsewhere/").await.expect_err("there is no such endpoint");
    let is_nowhere = matches!(&error, HttpError::Acquire { error: pool_tokio::AcquireError::NoEndpoint { .. }, .. });
    assert!(is_nowhere, "{error}");
}

#[tokio::test]
async fn every_backend_may_be_called_the_same() {
    let backends = three().await;
    let pool = client(backends.iter().map(Backend::url), |options| options.host = Some("orders.internal".to_owned()));
    pool.pool().warm(3).await.expect("all listen");
    answers(&pool, 3).await;
    assert!(backends.iter().all(|backend| backend.last().2["host"] == "orders.internal"));
}

#[tokio::test]
async fn addresses_without_a_scheme_and_unix_sockets_will_do() {
    let backend = Backend::start("a", Speaks::Http1).await;
    assert_eq!(answers(&client([backend.address], |_| ()), 2).await, evenly(&["a"], 2));

    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("app.sock");
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = vec![0; 1024];
        let read = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.expect("a request");
        let request = String::from_utf8_lossy(&request[..read]).into_owned();
        let answer = crate::peers::answer(&request.replace("\r\n", "|"));
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await.expect("the client is there");
    });
    let pool = client([format!("unix:{}", path.display())], |_| ());
    assert_eq!(get(&pool, "/a").await.expect("it answers").text, "GET /a HTTP/1.1|host: localhost||");
}
