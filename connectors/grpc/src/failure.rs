//! What went wrong with a call, as the pool sees it and as its caller is told.

use std::error::Error;
use std::sync::Arc;

use h2::Reason;
use http::Request;
use hyper::client::conn::TrySendError;
use pool_core::Outcome;
use tonic::{Code, Status};

use crate::error::Chain;

/// A call that was not answered.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What its caller is told.
    pub(crate) status: Status,
    /// What its lease is told.
    pub(crate) outcome: Outcome,
    /// Whether it is certain that the server has done nothing: it may be sent again, whatever it asks for.
    pub(crate) unprocessed: bool,
}

impl Failure {
    /// No answer came.
    pub(crate) fn of_sending<B>(failed: TrySendError<Request<B>>) -> Failure {
        // What is given back was not sent.
        let mut failed = failed;
        let unsent = failed.take_message().is_some();
        let failure = Failure::of(failed.into_error());
        Failure { unprocessed: failure.unprocessed || unsent, ..failure }
    }

    /// The call's time was over.
    pub(crate) fn of_deadline(status: Status) -> Failure {
        Failure { status, outcome: Outcome::Failed, unprocessed: false }
    }

    /// The caller's own messages ended with this: neither server nor connection have anything to do with it.
    pub(crate) fn of_messages(status: Status) -> Failure {
        Failure { status, outcome: Outcome::Ok, unprocessed: false }
    }

    /// The answer broke off, or never began.
    pub(crate) fn of(error: hyper::Error) -> Failure {
        let (code, outcome, unprocessed) = match http2(&error) {
            Some(error) => told_by_http2(error),
            // Lost, or silent to our pings.
            None => (Code::Unavailable, Outcome::Broken, false),
        };
        let mut status = Status::new(code, Chain(&error).to_string());
        status.set_source(Arc::new(error));
        Failure { status, outcome, unprocessed }
    }
}

fn http2<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a h2::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<h2::Error>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The code by gRPC's rules (PROTOCOL-HTTP2.md, "Errors"); what it says of the connection; and whether the server did
/// nothing.
fn told_by_http2(error: &h2::Error) -> (Code, Outcome, bool) {
    if error.is_io() {
        return (Code::Unavailable, Outcome::Broken, false);
    }
    // Of the calls that run when a GOAWAY comes, only those fail by it that the server says it will not look at.
    if error.is_go_away() && error.is_remote() {
        return (Code::Unavailable, Outcome::Broken, true);
    }
    let refused = error.is_remote() && error.reason() == Some(Reason::REFUSED_STREAM);
    let outcome = if error.is_reset() { Outcome::Failed } else { Outcome::Broken };
    (code_of(error.reason()), outcome, refused)
}

fn code_of(reason: Option<Reason>) -> Code {
    match reason {
        Some(Reason::REFUSED_STREAM) => Code::Unavailable,
        Some(Reason::CANCEL) => Code::Cancelled,
        Some(Reason::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
        Some(Reason::INADEQUATE_SECURITY) => Code::PermissionDenied,
        _ => Code::Internal,
    }
}

/// What a status says to the pool: the server, or what lies behind it, is in trouble; or it did what it was asked, and
/// the answer is no.
pub(crate) fn outcome_of(code: Code) -> Outcome {
    match code {
        Code::Unknown
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Outcome::Failed,
        _ => Outcome::Ok,
    }
}

#[cfg(test)]
mod tests {
    use hyper::client::conn::http2::handshake;
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use tonic::body::Body;

    use super::*;

    #[tokio::test]
    async fn what_a_closed_connection_gives_back_was_not_processed() {
        let (ours, _theirs) = tokio::io::duplex(4096);
        let begun = handshake::<_, _, Body>(TokioExecutor::new(), TokioIo::new(ours)).await;
        let (mut sender, connection) = begun.expect("nobody answers yet");
        let waiting = sender.try_send_request(Request::new(Body::empty()));
        drop(connection);
        let waiting = Failure::of_sending(waiting.await.expect_err("it was closed"));
        let late = sender.try_send_request(Request::new(Body::empty())).await;
        let late = Failure::of_sending(late.expect_err("it is closed"));
        for failure in [waiting, late] {
            assert!(failure.unprocessed, "{failure:?}");
            assert_eq!((failure.status.code(), failure.outcome), (Code::Unavailable, Outcome::Broken));
        }
    }
}
