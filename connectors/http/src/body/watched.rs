//! The body of a request, of which it is known if its own source failed.
//!
//! Of that, HTTP/2 passes on no more than that a stream was reset, and HTTP/1 that something was wrong with the user.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::BoxError;
use super::request::Boxed;

/// Where a body's own error is left.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnError(Arc<Mutex<Option<BoxError>>>);

impl OwnError {
    /// The error, if there was one; once.
    pub(crate) fn take(&self) -> Option<BoxError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn leave(&self, error: BoxError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// A body that leaves its error where it is looked for.
pub(crate) struct Watched {
    body: Boxed,
    error: OwnError,
}

impl Watched {
    pub(crate) fn new(body: Boxed) -> Watched {
        Watched { body, error: OwnError::default() }
    }

    pub(crate) fn own_error(&self) -> OwnError {
        self.error.clone()
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        polled.map_err(|error| {
            let told = error.to_string().into();
            self.error.leave(error);
            told
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
