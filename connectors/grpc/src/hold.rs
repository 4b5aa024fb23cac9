//! A stream whose writes are held back for as long as there may be more to write.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether writes are held back. Both ends of it are in one task, so that no order of its words is asked for.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    on: AtomicBool,
    wanted: AtomicBool,
}

impl Hold {
    /// From here on the stream takes nothing: who writes keeps it, and more of it.
    pub(crate) fn begin(&self) {
        self.on.store(true, Ordering::Relaxed);
    }

    /// The stream takes what is written again. Whether there is anything that it would not take: whoever has it must be
    /// polled.
    pub(crate) fn end(&self) -> bool {
        self.on.store(false, Ordering::Relaxed);
        self.wanted.swap(false, Ordering::Relaxed)
    }

    fn refuses(&self) -> bool {
        let on = self.on.load(Ordering::Relaxed);
        if on {
            self.wanted.store(true, Ordering::Relaxed);
        }
        on
    }
}

/// A stream that can be kept from writing. What it has taken already is flushed all the same.
#[derive(Debug)]
pub(crate) struct Held<S> {
    stream: S,
    hold: Arc<Hold>,
}

impl<S> Held<S> {
    pub(crate) fn new(stream: S, hold: Arc<Hold>) -> Held<S> {
        Held { stream, hold }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Held<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Held<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.hold.refuses() {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.hold.refuses() {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn what_is_held_back_is_asked_for_again_and_nothing_else() {
        let hold = Arc::new(Hold::default());
        let mut held = Held::new(Vec::new(), Arc::clone(&hold));
        let mut cx = Context::from_waker(Waker::noop());
        let mut write = |held: &mut Held<Vec<u8>>, text: &[u8]| Pin::new(held).poll_write(&mut cx, text).is_ready();
        hold.begin();
        assert!(!hold.end(), "nothing was written");
        hold.begin();
        assert!(!write(&mut held, b"one"));
        assert!(hold.end());
        assert!(write(&mut held, b"one"));
        hold.begin();
        assert!(!hold.end(), "it was taken meanwhile");
        assert_eq!(held.stream, b"one");
    }
}
