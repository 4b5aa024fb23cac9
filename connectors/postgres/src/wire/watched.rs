//! A stream whose bytes are listened to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Ledger;

/// A stream that tells a ledger of every byte that passes.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    ledger: Arc<Ledger>,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, ledger: Arc<Ledger>) -> Watched<S> {
        Watched { stream, ledger }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        match &read {
            Poll::Ready(Ok(())) => self.ledger.received(Some(&buf.filled()[before..])),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.ledger.received(None),
        }
        read
    }
}

// Not vectored: what is written is in one piece anyway.
impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        match &written {
            Poll::Ready(Ok(some)) => self.ledger.sent(Some(&buf[..*some])),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.ledger.sent(None),
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
