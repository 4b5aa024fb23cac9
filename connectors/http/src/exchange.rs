//! One try: a request, sent on a leased connection, and the head of its response.

use std::error::Error;

use http::request::Parts;
use http::{Request, Response, StatusCode};
use pool_core::Outcome;
use pool_tokio::Fault;
use tokio::time::timeout;

use crate::body::{Download, Ending, OwnError};
use crate::connection::Unanswered;
use crate::connector::Settings;
use crate::keep_alive::{self, KeepAlive};
use crate::loan::Loan;
use crate::retry::Hope;
use crate::target::needs_http1;
use crate::wire::Mark;
use crate::{BoxError, HttpBody, HttpConnection, HttpError, HttpOptions, LeaseInfo, RequestBody, ServerErrors};

/// A try that gave no response.
pub(crate) struct Failed {
    pub(crate) error: HttpError,
    pub(crate) fault: Fault,
    pub(crate) hope: Hope,
    /// The body, if it was not taken up at all.
    pub(crate) body: Option<RequestBody>,
}

/// Sends a request and waits for the head of its response. The lease ends with the response's body, or here.
pub(crate) async fn exchange(
    mut loan: Loan,
    mut parts: Parts,
    body: RequestBody,
    settings: &Settings,
    tried: u32,
) -> Result<Response<HttpBody>, Failed> {
    let info = LeaseInfo::of(loan.lease(), tried);
    let connection = loan.connection();
    let unfit = match connection.form().give(&mut parts, connection.protocol()) {
        Ok(()) if needs_http1(&parts) && connection.is_http2() => Some(HttpError::request(ONLY_HTTP2)),
        Ok(()) => None,
        Err(error) => Some(error),
    };
    if let Some(error) = unfit {
        loan.end(Outcome::Ok);
        return Err(Failed { error, fault: Fault::Final, hope: Hope::None, body: None });
    }
    let is_last = keep_alive::is_last(&parts.headers);
    let mark = connection.mark();
    let within = settings.options.response_timeout.get();
    let own = body.own_error();
    match timeout(within, connection.send(Request::from_parts(parts, body))).await {
        Ok(Ok(response)) => Ok(answered(loan, response, info, own, is_last, &settings.options)),
        Ok(Err(unanswered)) => Err(match own.and_then(|own| own.take()) {
            Some(source) => failed_by_itself(loan, source),
            None => failed(loan, unanswered, mark, info.reused),
        }),
        Err(_) => {
            let outcome = loan.late();
            loan.end(outcome);
            let error = HttpError::Late { endpoint: info.endpoint, after: within };
            Err(Failed { error, fault: Fault::BROKEN, hope: Hope::None, body: None })
        }
    }
}

const ONLY_HTTP2: &str = "it asks to speak another protocol from then on (`upgrade`), which a connection of HTTP/2 \
                          cannot; set `version = \"http1\"`, or give the endpoint the metadata `http_version = \"http1\"`";

fn answered(
    mut loan: Loan,
    response: Response<Download>,
    info: LeaseInfo,
    own: Option<OwnError>,
    is_last: bool,
    options: &HttpOptions,
) -> Response<HttpBody> {
    let body_timeout = options.body_timeout.get();
    let (mut parts, download) = response.into_parts();
    parts.extensions.insert(info);
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        loan.detach();
        return Response::from_parts(parts, HttpBody::detached(download));
    }
    let outcome = match options.server_errors {
        ServerErrors::Failed if parts.status.is_server_error() => Outcome::Failed,
        ServerErrors::Failed | ServerErrors::Ok => Outcome::Ok,
    };
    let kept = match loan.connection().is_http2() {
        true => KeepAlive::More(None),
        false if is_last => KeepAlive::Last,
        false => KeepAlive::of(&parts),
    };
    Response::from_parts(parts, HttpBody::new(download, Ending { loan, outcome, kept, own }, body_timeout))
}

/// The request's own body failed.
fn failed_by_itself(mut loan: Loan, source: BoxError) -> Failed {
    let (endpoint, outcome) = (loan.endpoint(), own_end(loan.connection()));
    loan.end(outcome);
    let error = HttpError::Upload { endpoint, source };
    Failed { error, fault: Fault::Final, hope: Hope::None, body: None }
}

/// What becomes of a connection whose caller could not go on: HTTP/1 is in the middle of a request, HTTP/2 has reset a
/// stream.
pub(crate) fn own_end(connection: &HttpConnection) -> Outcome {
    if connection.is_http2() { Outcome::Ok } else { Outcome::Discarded }
}

fn failed(mut loan: Loan, unanswered: Unanswered, mark: Mark, reused: bool) -> Failed {
    let Unanswered { error, body } = unanswered;
    let connection = loan.connection();
    let fault = if body.is_some() { Fault::UNSENT } else { fault(connection, &error, mark) };
    let hope = match reused {
        true if is_unprocessed(&error) => Hope::Unprocessed,
        true => Hope::Stale,
        // A server that goes away with an error from its very first request would do so again, as net/http has it.
        false if is_unprocessed(&error) && !is_error_of_connection(&error) => Hope::Unprocessed,
        false => Hope::None,
    };
    let outcome = blame(connection, &error);
    let endpoint = loan.endpoint();
    loan.end(outcome);
    Failed { error: HttpError::Exchange { endpoint, fault, source: error }, fault, hope, body }
}

/// What an error says of its connection, and of whether the server may have carried the request out.
fn fault(connection: &HttpConnection, error: &hyper::Error, mark: Mark) -> Fault {
    if error.is_user() {
        // It cannot be sent as it is.
        return Fault::Final;
    }
    if connection.is_http2() {
        return match from_http2(error) {
            Some(_) if is_unprocessed(error) => Fault::UNSENT,
            Some(error) if error.is_reset() => Fault::BROKEN,
            _ => Fault::UNANSWERED,
        };
    }
    let passed = connection.since(mark);
    if !passed.written {
        Fault::UNSENT
    } else if passed.read || passed.write_failed {
        Fault::BROKEN
    } else {
        Fault::UNANSWERED
    }
}

/// What becomes of a connection that such an error came from: in HTTP/2 it may concern one stream only.
pub(crate) fn blame(connection: &HttpConnection, error: &hyper::Error) -> Outcome {
    let of_stream = error.is_user() || from_http2(error).is_some_and(h2::Error::is_reset);
    if connection.is_http2() && of_stream { Outcome::Failed } else { Outcome::Broken }
}

/// Whether the server says itself that it has not processed the request (RFC 9113, sections 6.8 and 8.7): h2 gives its
/// GOAWAY for an error to those streams only that came after the last one which the server would still process.
fn is_unprocessed(error: &hyper::Error) -> bool {
    from_http2(error).is_some_and(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (refused || error.is_go_away())
    })
}

/// Whether the server goes away, and not of its own accord.
fn is_error_of_connection(error: &hyper::Error) -> bool {
    from_http2(error).is_some_and(|error| error.is_go_away() && error.reason() != Some(h2::Reason::NO_ERROR))
}

fn from_http2(error: &hyper::Error) -> Option<&h2::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
