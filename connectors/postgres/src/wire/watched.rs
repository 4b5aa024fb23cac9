//! A stream whose bytes are listened to.

use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pool_connector_tcp::TcpConnection;
use socket2::SockRef;
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

impl Watched<TcpConnection> {
    /// Reads what has come and the reactor has not told of yet, as long as the runtime was busy; or that nothing will.
    fn read_socket(&self, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Pending;
        }
        match (&*SockRef::from(&self.stream)).read(buf.initialize_unfilled()) {
            Ok(some) => {
                buf.advance(some);
                Poll::Ready(Ok(()))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncRead for Watched<TcpConnection> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let mut read = Pin::new(&mut self.stream).poll_read(cx, buf);
        // What comes in TLS is no use without it.
        if read.is_pending() && self.ledger.looks() && !self.stream.is_tls() {
            read = self.read_socket(buf);
        }
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
        // TLS takes more than its socket does, and says so here.
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.ledger.sent(flushed.is_ready().then_some(&[]));
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::wire::State;

    /// Takes everything, and gets rid of it or not.
    struct Sink {
        flushes: bool,
    }

    impl AsyncWrite for Sink {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(buf.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.flushes { Poll::Ready(Ok(())) } else { Poll::Pending }
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_stream_that_does_not_get_rid_of_what_it_took_is_busy() {
        let ledger = Arc::new(Ledger::new());
        let mut watched = Watched::new(Sink { flushes: false }, Arc::clone(&ledger));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut watched).poll_write(&mut cx, b"\0\0\0\x08\0\x03\0\0C\0\0\0\x04").is_ready());
        assert!(Pin::new(&mut watched).poll_flush(&mut cx).is_pending());
        assert_eq!(ledger.state(), State::Busy);
        watched.stream.flushes = true;
        assert!(Pin::new(&mut watched).poll_flush(&mut cx).is_ready());
        assert_ne!(ledger.state(), State::Busy);
    }
}
