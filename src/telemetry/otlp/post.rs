//! One request to the collector, over HTTP.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Failure, Target};

/// More of an answer than this is not read.
const ANSWER: usize = 64 << 10;

/// Sends one message and reads the answer, on a connection of its own: it is done every few seconds
/// at most, and so a restarted collector or a changed name is noticed at once.
pub(super) async fn post(
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
    body: Bytes,
) -> Result<Bytes, Failure> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(Failure::unreachable)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Failure::unreachable)?;
    let request = request(target, headers, body).map_err(Failure::unreachable)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(Failure::unreachable)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER).collect().await.map_err(Failure::unreachable)?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(Failure::refused(status, &body)) }
    };
    let drive = async {
        match connection.await {
            Err(error) => Failure::unreachable(error),
            // The collector closed, perhaps with its answer: that tells.
            Ok(()) => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        failure = drive => Err(failure),
    }
}

fn request(
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&target.path)
        .header(HOST, &target.authority)
        .header(CONTENT_TYPE, "application/x-protobuf");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(Full::new(body))
}
