//! The body of an answer, which keeps the lease of its call until its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pool_core::Outcome;
use pool_tokio::Lease;
use tokio::time::{Instant, Sleep};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::deadline::{Deadline, exceeded};
use crate::failure::{Failure, outcome_of};
use crate::upload::Download;
use crate::{BrokenOn, GrpcConnector};

/// The lease of a call, which hears how the call went.
pub(crate) struct Leased {
    lease: Option<Lease<GrpcConnector>>,
    broken_on: BrokenOn,
}

impl Leased {
    pub(crate) fn new(mut lease: Lease<GrpcConnector>, broken_on: BrokenOn) -> Leased {
        // As long as nothing else is said: its caller has gone.
        lease.outcome(weigh(Outcome::Ok, Code::Cancelled, broken_on));
        Leased { lease: Some(lease), broken_on }
    }

    /// The call will have ended with this status, whether its end is seen or not.
    fn say(&mut self, code: Code) {
        if let Some(lease) = &mut self.lease {
            lease.outcome(weigh(outcome_of(code), code, self.broken_on));
        }
    }

    /// The call ended with this status.
    fn end_with(&mut self, code: Code) {
        self.say(code);
        self.lease = None;
    }

    /// The call failed.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        if let Some(mut lease) = self.lease.take() {
            lease.outcome(weigh(failure.outcome, failure.status.code(), self.broken_on));
        }
    }
}

fn weigh(outcome: Outcome, code: Code, broken_on: BrokenOn) -> Outcome {
    match broken_on {
        BrokenOn::AnyError if code != Code::Ok => Outcome::Broken,
        _ => outcome,
    }
}

/// The body of an answer.
pub(crate) struct Answer {
    /// Dropped before the lease: the stream is given up before its share is free.
    body: Option<Download>,
    leased: Leased,
    /// The status, where the head of the answer tells it.
    told: Option<Code>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Answer {
    /// The answer, with a body that keeps the lease to its end.
    pub(crate) fn of(answer: Response<Download>, mut leased: Leased, deadline: Deadline) -> Response<Body> {
        let told = told_by_head(&answer);
        if let Some(code) = told {
            leased.say(code);
        }
        answer.map(|body| Body::new(Answer { body: Some(body), leased, told, alarm: deadline.alarm() }))
    }

    fn end_with(&mut self, code: Code) {
        self.body = None;
        self.leased.end_with(code);
    }

    /// Whether its time is over: where message follows message, nobody would look at the alarm.
    fn is_late(&self) -> bool {
        self.alarm.as_ref().is_some_and(|alarm| alarm.deadline() <= Instant::now())
    }

    fn end_late<T>(&mut self) -> Poll<Option<Result<T, Status>>> {
        self.end_with(Code::DeadlineExceeded);
        Poll::Ready(Some(Err(exceeded("its answer came in"))))
    }
}

/// The status of an answer that is a head only, or comes from something that is no gRPC server.
fn told_by_head(answer: &Response<Download>) -> Option<Code> {
    match code_in(answer.headers()) {
        Some(code) => Some(code),
        None if answer.status() != StatusCode::OK => Some(code_of_http(answer.status())),
        None => HttpBody::is_end_stream(answer.body()).then_some(Code::Unknown),
    }
}

/// By gRPC's rules for proxies and others that do not speak it (http-grpc-status-mapping.md).
fn code_of_http(status: StatusCode) -> Code {
    match status {
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    }
}

fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() && this.is_late() => this.end_late(),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    // None in them is against the rules.
                    let code = code_in(trailers).or(this.told).unwrap_or(Code::Unknown);
                    this.end_with(code);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(failure))) => {
                this.body = None;
                this.leased.fail(&failure);
                Poll::Ready(Some(Err(failure.status)))
            }
            Poll::Ready(None) => {
                // So is an end without trailers.
                this.end_with(this.told.unwrap_or(Code::Unknown));
                Poll::Ready(None)
            }
            Poll::Pending => {
                let rings = this.alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(cx).is_ready());
                if rings { this.end_late() } else { Poll::Pending }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}
