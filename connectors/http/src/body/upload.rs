//! The body of a request on its way over HTTP/2, which goes on no longer than somebody wants the response.
//!
//! hyper sends it by a task of its own. As long as that runs, the stream is open, whatever has become of the response: a
//! body that never ends, or a server that reads no more, would hold it for ever. So the task's future is dropped as the
//! response is; the stream has no other owner then, and h2 resets it. (An error from the body would not do: hyper does
//! not look at it while the server's window is shut.)

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{BoxError, RequestBody};

/// How far a body has come.
#[derive(Debug, Default)]
pub(crate) struct Way(Mutex<State>);

#[derive(Debug)]
enum State {
    /// There may be more; with who sends it.
    Open(Option<Waker>),
    /// hyper has done with it.
    Sent,
    /// Nobody wants the response any more.
    Unwanted,
}

impl Default for State {
    fn default() -> State {
        State::Open(None)
    }
}

impl Way {
    fn is_sent(&self) -> bool {
        matches!(*self.state(), State::Sent)
    }

    /// Whether nobody wants the response any more; if that changes, the task is woken.
    fn poll_unwanted(&self, cx: &Context<'_>) -> bool {
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body that a connection has begun to send. hyper tries for itself how far it comes, and then starts a task for the
/// rest, with nothing in between.
#[derive(Debug, Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<Arc<Way>>>>);

impl Begun {
    fn expect(&self, way: Arc<Way>) {
        *self.way() = Some(way);
    }

    /// That of which there is a rest to send.
    pub(crate) fn take(&self) -> Option<Arc<Way>> {
        self.way().take().filter(|way| !way.is_sent())
    }

    fn way(&self) -> MutexGuard<'_, Option<Arc<Way>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What sends a body, for as long as somebody wants the response.
pub(crate) struct WhileWanted<F> {
    sending: Option<Pin<Box<F>>>,
    way: Arc<Way>,
}

impl<F> WhileWanted<F> {
    pub(crate) fn new(sending: F, way: Arc<Way>) -> WhileWanted<F> {
        WhileWanted { sending: Some(Box::pin(sending)), way }
    }
}

impl<F: Future<Output = ()>> Future for WhileWanted<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.way.poll_unwanted(cx) {
            self.sending = None;
        }
        self.sending.as_mut().map_or(Poll::Ready(()), |sending| sending.as_mut().poll(cx))
    }
}

/// The body of a request.
pub(crate) struct Upload {
    body: RequestBody,
    sent: Option<SentOnDrop>,
    /// Until it is begun.
    begun: Option<Begun>,
}

impl Upload {
    /// The body, and what it is sent for, if there is anything to send.
    pub(crate) fn new(body: RequestBody, begun: &Begun) -> (Upload, Option<Wanted>) {
        if body.is_end_stream() {
            return (Upload { body, sent: None, begun: None }, None);
        }
        let way = Arc::<Way>::default();
        let upload = Upload { body, sent: Some(SentOnDrop(Arc::clone(&way))), begun: Some(begun.clone()) };
        (upload, Some(Wanted(way)))
    }

    pub(crate) fn into_inner(self) -> RequestBody {
        self.body
    }
}

struct SentOnDrop(Arc<Way>);

impl Drop for SentOnDrop {
    fn drop(&mut self) {
        *self.0.state() = State::Sent;
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let (Some(begun), Some(sent)) = (this.begun.take(), &this.sent) {
            begun.expect(Arc::clone(&sent.0));
        }
        Pin::new(&mut this.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Somebody wants the response, or what is left of it. Dropped, no more of the request is sent.
pub(crate) struct Wanted(Arc<Way>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// What comes of a response, and keeps its request going.
pub(crate) struct Download {
    incoming: Incoming,
    wanted: Option<Wanted>,
}

impl Download {
    pub(crate) fn new(incoming: Incoming, wanted: Option<Wanted>) -> Download {
        Download { incoming, wanted }
    }

    /// Whether there may be more of the request: its stream is open then.
    pub(crate) fn is_sending(&self) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| !wanted.0.is_sent())
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.incoming).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
