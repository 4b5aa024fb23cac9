//! The body of a request on its way over HTTP/2, which goes on no longer than somebody wants the response.
//!
//! hyper sends it by a task of its own. As long as that runs, the stream is open, whatever has become of the response: a
//! body that never ends, or a server that reads no more, would hold it for ever. So the task's future is dropped as the
//! response is; the stream has no other owner then, and h2 resets it. (An error from the body would not do: hyper does
//! not look at it while the server's window is shut.)

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{AbortHandle, AbortRegistration};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{BoxError, RequestBody};

/// That a body is begun to be sent; what sends the rest of it can be ended by whom it is sent for.
#[derive(Debug)]
struct Rest {
    sent: Arc<AtomicBool>,
    end: AbortRegistration,
}

/// The body that a connection has begun to send. hyper tries for itself how far it comes, and then starts a task for the
/// rest, with nothing in between.
#[derive(Debug, Clone, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<Rest>>>);

impl Begun {
    fn expect(&self, rest: Rest) {
        *self.rest() = Some(rest);
    }

    /// By what the sending is ended, if there is a rest to send.
    pub(crate) fn take(&self) -> Option<AbortRegistration> {
        let rest = self.rest().take()?;
        (!rest.sent.load(Ordering::Acquire)).then_some(rest.end)
    }

    fn rest(&self) -> MutexGuard<'_, Option<Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of a request.
pub(crate) struct Upload {
    body: RequestBody,
    /// Said when this goes.
    _sent: Option<SentOnDrop>,
    /// Until it is begun.
    begun: Option<(Begun, Rest)>,
}

impl Upload {
    /// The body, and what it is sent for, if there is anything to send.
    pub(crate) fn new(body: RequestBody, begun: &Begun) -> (Upload, Option<Wanted>) {
        if body.is_end_stream() {
            return (Upload { body, _sent: None, begun: None }, None);
        }
        let sent = Arc::<AtomicBool>::default();
        let (sending, end) = AbortHandle::new_pair();
        let rest = Rest { sent: Arc::clone(&sent), end };
        let upload = Upload { body, _sent: Some(SentOnDrop(Arc::clone(&sent))), begun: Some((begun.clone(), rest)) };
        (upload, Some(Wanted { sent, sending }))
    }

    pub(crate) fn into_inner(self) -> RequestBody {
        self.body
    }
}

struct SentOnDrop(Arc<AtomicBool>);

impl Drop for SentOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some((begun, rest)) = self.begun.take() {
            begun.expect(rest);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Somebody wants the response, or what is left of it. Dropped, no more of the request is sent.
pub(crate) struct Wanted {
    /// Whether hyper has done with the request.
    sent: Arc<AtomicBool>,
    sending: AbortHandle,
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.sending.abort();
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
        self.wanted.as_ref().is_some_and(|wanted| !wanted.sent.load(Ordering::Acquire))
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
