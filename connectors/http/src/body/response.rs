//! The body of a response, which holds the lease until it ends.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pool_core::Outcome;

use crate::HttpError;
use crate::exchange::blame;
use crate::loan::Loan;

/// The body of a response. Its connection goes back to the pool when it has been read to its end; dropped before, a
/// connection of HTTP/1.1 is closed, and a stream of HTTP/2 is reset.
pub struct HttpBody {
    // Dropped first: what is unread is told to the server before the next request can follow.
    incoming: Incoming,
    ending: Option<Ending>,
}

/// What becomes of the lease at the end of the body.
pub(crate) struct Ending {
    pub(crate) loan: Loan,
    /// How it went, if the body comes to its end.
    pub(crate) outcome: Outcome,
    /// How long its server keeps the connection from then on, if it says so.
    pub(crate) fit_for: Option<Duration>,
}

impl Ending {
    fn well(mut self) {
        self.loan.connection().fit_for(self.fit_for);
        self.loan.end(self.outcome);
    }

    fn badly(mut self, error: &hyper::Error) {
        let outcome = blame(self.loan.connection(), error);
        self.loan.end(outcome);
    }
}

impl HttpBody {
    /// The lease ends at once if there is nothing to come.
    pub(crate) fn new(incoming: Incoming, ending: Ending) -> HttpBody {
        let mut body = HttpBody { incoming, ending: Some(ending) };
        body.end_if_over();
        body
    }

    /// The body of a response whose connection is the pool's no longer.
    pub(crate) fn detached(incoming: Incoming) -> HttpBody {
        HttpBody { incoming, ending: None }
    }

    fn end_if_over(&mut self) {
        if self.incoming.is_end_stream() {
            self.end_well();
        }
    }

    fn end_well(&mut self) {
        if let Some(ending) = self.ending.take() {
            ending.well();
        }
    }

    fn end_badly(&mut self, source: hyper::Error) -> HttpError {
        let Some(ending) = self.ending.take() else { return HttpError::Body { endpoint: String::new(), source } };
        let endpoint = ending.loan.endpoint();
        ending.badly(&source);
        HttpError::Body { endpoint, source }
    }
}

impl Body for HttpBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                self.end_if_over();
                Some(Ok(frame))
            }
            Some(Err(error)) => Some(Err(self.end_badly(error))),
            None => {
                self.end_well();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody")
            .field("holds_connection", &self.ending.is_some())
            .field("size", &self.incoming.size_hint())
            .finish()
    }
}
