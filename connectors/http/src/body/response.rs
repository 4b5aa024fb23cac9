//! The body of a response, which holds the lease until it ends.

mod patience;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pool_core::Outcome;

use self::patience::Patience;
use crate::HttpError;
use crate::exchange::blame;
use crate::keep_alive::KeepAlive;
use crate::loan::Loan;

/// The body of a response. Its connection goes back to the pool when it has been read to its end; dropped before, a
/// connection of HTTP/1.1 is closed, and a stream of HTTP/2 is reset.
pub struct HttpBody {
    // Dropped first: what is unread is told to the server before the next request can follow.
    incoming: Incoming,
    ending: Option<Ending>,
    patience: Patience,
}

/// What becomes of the lease at the end of the body.
pub(crate) struct Ending {
    pub(crate) loan: Loan,
    /// How it went, if the body comes to its end.
    pub(crate) outcome: Outcome,
    /// What the server has said of the connection.
    pub(crate) kept: KeepAlive,
}

impl HttpBody {
    /// The lease ends at once if there is nothing to come; `within` is the time that each piece may take.
    pub(crate) fn new(incoming: Incoming, ending: Ending, within: Duration) -> HttpBody {
        let mut body = HttpBody { incoming, ending: Some(ending), patience: Patience::of(within) };
        body.end_if_over();
        body
    }

    /// The body of a response whose connection is the pool's no longer.
    pub(crate) fn detached(incoming: Incoming) -> HttpBody {
        HttpBody { incoming, ending: None, patience: Patience::of(Duration::MAX) }
    }

    fn end_if_over(&mut self) {
        if self.incoming.is_end_stream() {
            self.end_well();
        }
    }

    fn end_well(&mut self) {
        if let Some(Ending { mut loan, outcome, kept }) = self.ending.take() {
            loan.connection().heed(kept);
            loan.end(outcome);
        }
    }

    fn end_badly(&mut self, source: hyper::Error) -> HttpError {
        let endpoint = self.end_as(|loan| blame(loan.connection(), &source));
        HttpError::Body { endpoint, source }
    }

    fn end_late(&mut self, after: Duration) -> HttpError {
        let endpoint = self.end_as(Loan::late);
        HttpError::Stalled { endpoint, after }
    }

    /// Ends the lease; gives the name of its endpoint.
    fn end_as(&mut self, outcome: impl FnOnce(&mut Loan) -> Outcome) -> String {
        let Some(Ending { mut loan, .. }) = self.ending.take() else { return String::new() };
        let (endpoint, outcome) = (loan.endpoint(), outcome(&mut loan));
        loan.end(outcome);
        endpoint
    }
}

impl Body for HttpBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            let late = self.ending.is_some().then(|| self.patience.poll_lost(cx));
            return match late {
                Some(Poll::Ready(after)) => Poll::Ready(Some(Err(self.end_late(after)))),
                Some(Poll::Pending) | None => Poll::Pending,
            };
        };
        self.patience.renew();
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
