//! A connection's bytes on their way to and from hyper: counted, looked at, and their end noticed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use pool_core::Handle;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::frames::{Frames, Said};

/// What is known of a connection without asking hyper.
#[derive(Debug)]
pub(crate) struct Wire {
    read: AtomicU64,
    written: AtomicU64,
    write_failed: AtomicBool,
    ended: AtomicBool,
    going_away: AtomicBool,
    nonsense: AtomicBool,
    greeted: AtomicBool,
    /// So many streams the server allows at once.
    streams: AtomicU32,
    /// So many we want at once.
    most: u32,
    changed: Notify,
    handle: Handle,
}

/// How far a connection had come at some moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    read: u64,
    written: u64,
}

/// What has passed since a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) written: bool,
    pub(crate) read: bool,
    /// Whether a write failed.
    pub(crate) write_failed: bool,
}

impl Wire {
    pub(crate) fn new(handle: Handle, most: u32) -> Arc<Wire> {
        Arc::new(Wire {
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            write_failed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            going_away: AtomicBool::new(false),
            nonsense: AtomicBool::new(false),
            greeted: AtomicBool::new(false),
            streams: AtomicU32::new(u32::MAX),
            most,
            changed: Notify::new(),
            handle,
        })
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { read: self.read.load(Ordering::Acquire), written: self.written.load(Ordering::Acquire) }
    }

    pub(crate) fn since(&self, mark: Mark) -> Passed {
        Passed {
            written: self.written.load(Ordering::Acquire) != mark.written,
            read: self.read.load(Ordering::Acquire) != mark.read,
            write_failed: self.write_failed.load(Ordering::Acquire),
        }
    }

    /// Whether it can take new requests, as far as the server has said.
    pub(crate) fn is_open(&self) -> bool {
        !self.has_ended() && !self.going_away.load(Ordering::Acquire)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// So many requests it can carry at once.
    pub(crate) fn streams(&self) -> u32 {
        self.streams.load(Ordering::Acquire).min(self.most)
    }

    /// Waits for the server's first settings; whether they came, before the connection ended.
    pub(crate) async fn greeting(&self) -> bool {
        self.until(|wire| wire.greeted.load(Ordering::Acquire) || wire.has_ended()).await;
        self.greeted.load(Ordering::Acquire)
    }

    /// Whether the peer was found to speak something else than HTTP/2.
    pub(crate) fn is_nonsense(&self) -> bool {
        self.nonsense.load(Ordering::Acquire)
    }

    /// Waits until hyper has let the connection go.
    pub(crate) async fn end(&self) {
        self.until(Wire::has_ended).await;
    }

    async fn until(&self, is_so: impl Fn(&Wire) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if is_so(self) {
                return;
            }
            changed.await;
        }
    }

    /// It has given its last answer: no new requests.
    pub(crate) fn retire(&self) {
        self.going_away.store(true, Ordering::Release);
        self.handle.mark_dead();
    }

    fn heard(&self, said: Said) {
        match said {
            Said::Settings(streams) => {
                if let Some(streams) = streams {
                    self.streams.store(streams, Ordering::Release);
                }
                self.greeted.store(true, Ordering::Release);
                self.handle.set_capacity(self.streams());
            }
            Said::GoAway => self.retire(),
            Said::Nonsense => self.nonsense.store(true, Ordering::Release),
        }
        self.changed.notify_waiters();
    }

    fn over(&self) {
        self.ended.store(true, Ordering::Release);
        // However it ended: an idle connection goes from the pool at once.
        self.handle.mark_dead();
        self.changed.notify_waiters();
    }
}

/// A stream whose bytes are counted. Its end is told when hyper drops it.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    stream: T,
    frames: Option<Frames>,
    wire: Arc<Wire>,
}

impl<T> Watched<T> {
    /// Counts bytes.
    pub(crate) fn http1(stream: T, wire: Arc<Wire>) -> Watched<T> {
        Watched { stream, frames: None, wire }
    }

    /// Counts bytes, and listens to what the server says in frames.
    pub(crate) fn http2(stream: T, wire: Arc<Wire>) -> Watched<T> {
        Watched { stream, frames: Some(Frames::default()), wire }
    }

    fn note_written(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.wire.written.fetch_add(*bytes as u64, Ordering::AcqRel);
            }
            Poll::Ready(Err(_)) => self.wire.write_failed.store(true, Ordering::Release),
            Poll::Pending => {}
        }
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        self.wire.over();
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let came = &buf.filled()[before..];
        self.wire.read.fetch_add(came.len() as u64, Ordering::AcqRel);
        let Watched { frames, wire, .. } = &mut *self;
        if let Some(frames) = frames {
            frames.look(came, |said| wire.heard(said));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note_written(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note_written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
