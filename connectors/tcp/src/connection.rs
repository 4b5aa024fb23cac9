//! A connection, whatever carries it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::glance::{self, Glance};
use crate::socket::Socket;

/// A connection over TCP or a Unix socket, in TLS or not: an `AsyncRead + AsyncWrite`.
#[derive(Debug)]
pub struct TcpConnection {
    stream: Stream,
    peer: Arc<str>,
}

#[derive(Debug)]
pub(crate) enum Stream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpConnection>>),
}

impl TcpConnection {
    pub(crate) fn new(stream: Stream, peer: Arc<str>) -> TcpConnection {
        TcpConnection { stream, peer }
    }

    /// Whom it leads to: the address, and the number it stood for if it is a name.
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// Whether it is encrypted.
    pub fn is_tls(&self) -> bool {
        !matches!(self.stream, Stream::Plain(_))
    }

    /// The protocol that both sides agreed on in the TLS handshake (ALPN), if they did: `h2`.
    pub fn agreed(&self) -> Option<&[u8]> {
        match &self.stream {
            Stream::Plain(_) => None,
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.get_ref().1.alpn_protocol(),
        }
    }

    #[cfg(feature = "tls")]
    pub(crate) fn shared_peer(&self) -> Arc<str> {
        Arc::clone(&self.peer)
    }

    /// The socket, if nothing lies between.
    #[cfg(feature = "tls")]
    pub(crate) fn plain(&self) -> Option<&Socket> {
        match &self.stream {
            Stream::Plain(socket) => Some(socket),
            Stream::Tls(_) => None,
        }
    }

    pub(crate) fn glance(&mut self) -> Glance {
        match &mut self.stream {
            Stream::Plain(socket) => glance::at_socket(socket),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => crate::tls::glance(stream),
        }
    }
}

impl TcpConnection {
    #[cfg(any(unix, windows))]
    fn socket(&self) -> &Socket {
        match &self.stream {
            Stream::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.get_ref().0.socket(),
        }
    }
}

/// The socket under it, to set or read what the connector has no option for.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpConnection {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(self.socket())
    }
}

/// The socket under it, to set or read what the connector has no option for.
#[cfg(windows)]
impl std::os::windows::io::AsSocket for TcpConnection {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        std::os::windows::io::AsSocket::as_socket(self.socket())
    }
}

macro_rules! on_stream {
    ($connection:expr, $stream:ident => $call:expr) => {
        match &mut $connection.get_mut().stream {
            Stream::Plain($stream) => $call,
            #[cfg(feature = "tls")]
            Stream::Tls($stream) => $call,
        }
    };
}

impl AsyncRead for TcpConnection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for TcpConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        on_stream!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_stream!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
