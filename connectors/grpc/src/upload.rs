//! The messages of a call on their way out, which go on no longer than somebody wants the answer.
//!
//! hyper sends them by a future of its own. As long as that runs, the call's stream is open, whatever has become of the
//! answer: a caller who could say more, or a server that reads no more, would hold it for ever. So the future is dropped
//! as the answer is; the stream has no other owner then, and h2 resets it. (An error from the body would not do: hyper
//! does not look at it while the server's window is shut.)

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{AbortHandle, AbortRegistration};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;

use crate::failure::Failure;
use crate::seat::Seat;

/// How far the messages of a call have come.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// Whether hyper has done with them.
    sent: AtomicBool,
    /// Why there are no more, if their source failed: of that, h2 passes on no more than that a stream was reset.
    failed: OnceLock<Status>,
}

/// That messages are begun to be sent; what sends the rest of them can be ended by whom they are sent for.
#[derive(Debug)]
pub(crate) struct Begun {
    way: Arc<Way>,
    end: AbortRegistration,
}

impl Begun {
    /// By what the sending is ended, if there is a rest to send.
    pub(crate) fn rest(self) -> Option<AbortRegistration> {
        (!self.way.sent.load(Ordering::Acquire)).then_some(self.end)
    }
}

/// The messages of a call.
pub(crate) struct Upload {
    body: Body,
    way: Arc<Way>,
    /// Where hyper's future comes to be, until it is begun.
    seat: Option<(Seat, AbortRegistration)>,
}

impl Upload {
    /// The messages, and what they are sent for.
    pub(crate) fn new(body: Body, seat: &Seat) -> (Upload, Wanted) {
        let way = Arc::<Way>::default();
        let (sending, end) = AbortHandle::new_pair();
        (Upload { body, way: Arc::clone(&way), seat: Some((seat.clone(), end)) }, Wanted { way, sending })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.way.sent.store(true, Ordering::Release);
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // hyper tries for itself how far it comes, and then leaves the rest at the seat, with nothing in between.
        if let Some((seat, end)) = self.seat.take() {
            seat.expect(Begun { way: Arc::clone(&self.way), end });
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(status))) = &polled {
            let _ = self.way.failed.set(status.clone());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Somebody wants the answer, or what is left of it. Dropped, no more messages are sent.
pub(crate) struct Wanted {
    way: Arc<Way>,
    sending: AbortHandle,
}

impl Wanted {
    /// What the call has failed by: its own messages, or what hyper says.
    pub(crate) fn failure(&self, otherwise: impl FnOnce() -> Failure) -> Failure {
        self.way.failed.get().map_or_else(otherwise, |status| Failure::of_messages(status.clone()))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.sending.abort();
    }
}

/// The messages of an answer. Dropped, the call's stream is over.
pub(crate) struct Download {
    incoming: Incoming,
    wanted: Wanted,
}

impl Download {
    pub(crate) fn new(incoming: Incoming, wanted: Wanted) -> Download {
        Download { incoming, wanted }
    }
}

impl HttpBody for Download {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let this = &mut *self;
        let failed = |error| this.wanted.failure(|| Failure::of(error));
        Pin::new(&mut this.incoming).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(failed)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
