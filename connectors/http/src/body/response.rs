//! The body of a response, which holds the lease until it ends.

mod patience;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pool_core::Outcome;

use self::patience::Patience;
use super::{Download, OwnError};
use crate::HttpError;
use crate::exchange::{blame, own_end};
use crate::keep_alive::KeepAlive;
use crate::loan::Loan;

/// The body of a response. Its connection goes back to the pool when it has been read to its end; dropped before, a
/// connection of HTTP/1.1 is closed, and a stream of HTTP/2 is reset.
///
/// In HTTP/2 a request may still be sent when its response is over: it goes on for as long as this is held, and keeps
/// its share of the connection. Dropped, its stream is reset.
pub struct HttpBody {
    // Dropped first: what is unread is told to the server before the next request can follow.
    download: Option<Download>,
    ending: Option<Ending>,
    /// Whether the response has come to its end.
    is_whole: bool,
    patience: Patience,
}

/// What becomes of the lease at the end of the body.
pub(crate) struct Ending {
    pub(crate) loan: Loan,
    /// How it went, if the body comes to its end.
    pub(crate) outcome: Outcome,
    /// What the server has said of the connection.
    pub(crate) kept: KeepAlive,
    /// What the request's body fails by, which may still be sent.
    pub(crate) own: Option<OwnError>,
}

impl HttpBody {
    /// The lease ends at once if there is nothing to come; `within` is the time that each piece may take.
    pub(crate) fn new(download: Download, ending: Ending, within: Duration) -> HttpBody {
        let patience = Patience::of(within);
        let mut body = HttpBody { download: Some(download), ending: Some(ending), is_whole: false, patience };
        body.end_if_over();
        body
    }

    /// The body of a response whose connection is the pool's no longer.
    pub(crate) fn detached(download: Download) -> HttpBody {
        let patience = Patience::of(Duration::MAX);
        HttpBody { download: Some(download), ending: None, is_whole: false, patience }
    }

    fn end_if_over(&mut self) {
        if self.is_end_stream() {
            self.end_well();
        }
    }

    /// The response is over; its request may not be.
    fn end_well(&mut self) {
        self.is_whole = true;
        if !self.download.as_ref().is_some_and(Download::is_sending) {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        if let Some(Ending { mut loan, outcome, kept, .. }) = self.ending.take() {
            loan.connection().heed(kept);
            loan.end(outcome);
        }
    }

    fn end_badly(&mut self, source: hyper::Error) -> HttpError {
        let own = self.ending.as_ref().and_then(|ending| ending.own.as_ref()?.take());
        if let Some(source) = own {
            let endpoint = self.end_as(|loan| own_end(loan.connection()));
            return HttpError::Upload { endpoint, source };
        }
        let endpoint = self.end_as(|loan| blame(loan.connection(), &source));
        HttpError::Body { endpoint, source }
    }

    fn end_late(&mut self, after: Duration) -> HttpError {
        let endpoint = self.end_as(Loan::late);
        HttpError::Stalled { endpoint, after }
    }

    /// Gives the stream up and ends the lease; gives the name of its endpoint.
    fn end_as(&mut self, outcome: impl FnOnce(&mut Loan) -> Outcome) -> String {
        self.download = None;
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
        let Some(download) = &mut self.download else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(download).poll_frame(cx) else {
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
        self.download.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.download.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for HttpBody {
    fn drop(&mut self) {
        self.download = None;
        if self.is_whole {
            self.give_back();
        }
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody")
            .field("holds_connection", &self.ending.is_some())
            .field("size", &self.size_hint())
            .finish()
    }
}
