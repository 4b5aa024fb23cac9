//! The socket of a connection, and the task that moves its bytes.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use parking_lot::Mutex;
use pool_connector_tcp::{TcpConnection, TcpConnector};
use pool_core::{Connector, Handle};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;

/// The socket, which the task has to itself but for a look now and then.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<TcpConnection>>);

impl Wire {
    pub(crate) fn new(stream: TcpConnection) -> Wire {
        Wire(Arc::new(Mutex::new(stream)))
    }
}

/// The task that moves the bytes of a connection, and what is known of both.
pub(crate) struct Line {
    wire: Wire,
    driver: JoinHandle<()>,
    handle: Handle,
    gone: Arc<AtomicBool>,
}

/// Told when the task ends, however that is: the peer has closed, the runtime is gone.
struct Epitaph {
    handle: Handle,
    gone: Arc<AtomicBool>,
}

impl Line {
    /// Has the bytes moved by a task of its own. When that ends, the pool is told by the handle.
    pub(crate) fn drive(wire: Wire, driver: impl Future<Output = ()> + Send + 'static, handle: &Handle) -> Line {
        let gone = Arc::new(AtomicBool::new(false));
        let epitaph = Epitaph { handle: handle.clone(), gone: Arc::clone(&gone) };
        let driver = tokio::spawn(async move {
            driver.await;
            drop(epitaph);
        });
        Line { wire, driver, handle: handle.clone(), gone }
    }

    /// Whether the task has ended, so that nothing can be sent.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    /// Whether it looks alive: the socket is asked itself, since the task may not have run yet.
    pub(crate) fn is_open(&self, looker: &TcpConnector) -> bool {
        !self.is_gone() && looker.is_open(&mut self.wire.0.lock())
    }

    pub(crate) fn mark_dead(&self) {
        self.handle.mark_dead();
    }

    /// Waits for the end of the task, once nobody can send any more: it says goodbye. If `at_once`, it need not.
    pub(crate) async fn close(mut self, at_once: bool) {
        if at_once {
            self.driver.abort();
        }
        // One that was aborted, or panicked, has ended as well.
        let _ = (&mut self.driver).await;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Drop for Epitaph {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Release);
        self.handle.mark_dead();
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("gone", &self.is_gone()).finish_non_exhaustive()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.lock()).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0.lock()).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0.lock()).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.lock().is_write_vectored()
    }
}
