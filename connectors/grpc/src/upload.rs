//! The messages of a call on their way out, which go on no longer than somebody wants the answer.
//!
//! hyper sends them by a future of its own. As long as that runs, the call's stream is open, whatever has become of the
//! answer: a caller who could say more, or a server that reads no more, would hold it for ever. So the future is dropped
//! as the answer is; the stream has no other owner then, and h2 resets it. (An error from the body would not do: hyper
//! does not look at it while the server's window is shut.)

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;

use crate::failure::Failure;
use crate::seat::Seat;

/// How far the messages of a call have come.
#[derive(Debug, Default)]
pub(crate) struct Way {
    state: Mutex<State>,
    /// Why there are no more, if their source failed: of that, h2 passes on no more than that a stream was reset.
    failed: OnceLock<Status>,
}

#[derive(Debug)]
enum State {
    /// There may be more; with who sends them.
    Open(Option<Waker>),
    /// hyper has done with them.
    Sent,
    /// Nobody wants the answer any more.
    Unwanted,
}

impl Default for State {
    fn default() -> State {
        State::Open(None)
    }
}

impl Way {
    pub(crate) fn is_sent(&self) -> bool {
        matches!(*self.state(), State::Sent)
    }

    /// Whether nobody wants the answer any more; if that changes, the task is woken.
    pub(crate) fn poll_unwanted(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        if let State::Open(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
        }
        matches!(*state, State::Unwanted)
    }

    fn give_up(&self) {
        let mut state = self.state();
        if let State::Open(waker) = &mut *state {
            let waker = waker.take();
            *state = State::Unwanted;
            drop(state);
            waker.into_iter().for_each(Waker::wake);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The messages of a call.
pub(crate) struct Upload {
    body: Body,
    way: Arc<Way>,
    /// Where hyper's future comes to be, until it is begun.
    seat: Option<Seat>,
}

impl Upload {
    /// The messages, and what they are sent for.
    pub(crate) fn new(body: Body, seat: &Seat) -> (Upload, Wanted) {
        let way = Arc::<Way>::default();
        (Upload { body, way: Arc::clone(&way), seat: Some(seat.clone()) }, Wanted(way))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        *self.way.state() = State::Sent;
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // hyper tries for itself how far it comes, and then leaves the rest at the seat, with nothing in between.
        if let Some(seat) = self.seat.take() {
            seat.expect(Arc::clone(&self.way));
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
pub(crate) struct Wanted(Arc<Way>);

impl Wanted {
    /// What the call has failed by: its own messages, or what hyper says.
    pub(crate) fn failure(&self, otherwise: impl FnOnce() -> Failure) -> Failure {
        self.0.failed.get().map_or_else(otherwise, |status| Failure::of_messages(status.clone()))
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.give_up();
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
