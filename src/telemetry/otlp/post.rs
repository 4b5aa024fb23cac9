//! One request to the collector.

use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Target;

/// More of an answer than this is not read.
const ANSWER: usize = 64 << 10;

/// How much of a refusal's text is told.
const REASON: usize = 200;

/// Why a request was not taken.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no answer.
    Unreachable(String),
    /// It took too long.
    TooSlow(Duration),
    /// The collector said no.
    Refused(StatusCode, String),
}

impl Failure {
    /// Whether the same request may be taken the next time: as the OTLP specification has it.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Failure::Unreachable(_) | Failure::TooSlow(_) => true,
            Failure::Refused(status, _) => matches!(status.as_u16(), 429 | 502 | 503 | 504),
        }
    }
}

/// Sends one message and reads the answer, on a connection of its own: it is done every few seconds
/// at most, and so a restarted collector or a changed name is noticed at once.
pub(crate) async fn post(
    target: &Target,
    headers: &[(HeaderName, HeaderValue)],
    body: Bytes,
    timeout: Duration,
) -> Result<Bytes, Failure> {
    match tokio::time::timeout(timeout, exchange(target, headers, body)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::TooSlow(timeout)),
    }
}

async fn exchange(target: &Target, headers: &[(HeaderName, HeaderValue)], body: Bytes) -> Result<Bytes, Failure> {
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(unreachable)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(unreachable)?;
    let request = request(target, headers, body).map_err(unreachable)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(unreachable)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER).collect().await.map_err(unreachable)?.to_bytes();
        if status.is_success() { Ok(body) } else { Err(Failure::Refused(status, reason(&body))) }
    };
    tokio::select! {
        answer = answer => answer,
        // Ends first only if it fails, or if the collector closed before it answered.
        ended = connection => Err(match ended {
            Err(error) => unreachable(error),
            Ok(()) => Failure::Unreachable("closed before it answered".to_owned()),
        }),
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

fn unreachable(error: impl fmt::Display) -> Failure {
    Failure::Unreachable(error.to_string())
}

fn reason(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(REASON)])
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Failure::TooSlow(timeout) => write!(f, "it did not answer within {timeout:?}"),
            Failure::Refused(status, why) if why.trim().is_empty() => write!(f, "it said {status}"),
            Failure::Refused(status, why) => write!(f, "it said {status}: {}", why.trim()),
        }
    }
}
