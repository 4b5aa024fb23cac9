//! What drives a connection: a task, and whoever wants to know for certain what the connection is at.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use parking_lot::Mutex;
use pool_connector_tcp::TcpConnection;
use pool_core::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, unconstrained};
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Connection, Notification};

use crate::wire::Watched;

/// The driver's half of a connection of `tokio_postgres`. TLS, if it is spoken, lies below.
pub(crate) type Half = Connection<Watched<TcpConnection>, NoTlsStream>;

/// Drives a connection in a task of its own, which ends with the connection and says so to the pool. Dropped, it says
/// goodbye if that can be done at once, and closes the socket.
pub(crate) struct Driver {
    seat: Arc<Mutex<Seat>>,
    task: JoinHandle<()>,
    handle: Handle,
}

/// Who sits here drives. What a request is and has not been sent lies in a queue that nobody but the driver can look
/// into: so whoever wants to know for certain sits down, empties it, and gets up.
struct Seat {
    half: Option<Half>,
    /// Wakes the task.
    task: Waker,
    /// Who wants to hear notifications.
    listener: Option<UnboundedSender<Notification>>,
}

impl Driver {
    pub(crate) fn start(half: Half, handle: Handle) -> Driver {
        let seat = Arc::new(Mutex::new(Seat { half: Some(half), task: Waker::noop().clone(), listener: None }));
        let dead = Dead(handle.clone());
        let theirs = Arc::clone(&seat);
        let task = tokio::spawn(async move {
            let _dead = dead;
            poll_fn(|cx| {
                let mut seat = theirs.lock();
                seat.task.clone_from(cx.waker());
                seat.drive(cx)
            })
            .await;
        });
        Driver { seat, task, handle }
    }

    /// Sends all that was asked for and takes in all that has come, as far as that can be done at once. Whether the
    /// connection is still there.
    pub(crate) fn catch_up(&self) -> bool {
        let mut seat = self.seat.lock();
        let task = seat.task.clone();
        // Not within the budget of the task that we are in: it may be used up, and then everything seems blocked.
        let turn = pin!(unconstrained(poll_fn(|cx| seat.drive(cx))));
        let over = turn.poll(&mut Context::from_waker(&task)).is_ready();
        drop(seat);
        if over {
            // At once, so that whoever gives it back gives back a dead one.
            self.handle.mark_dead();
            task.wake();
        }
        !over
    }

    /// Passes notifications on from now on. What was there before ends.
    pub(crate) fn notifications(&self) -> UnboundedReceiver<Notification> {
        let (sender, receiver) = unbounded_channel();
        let mut seat = self.seat.lock();
        // If it is over already, so are they.
        seat.listener = seat.half.is_some().then_some(sender);
        receiver
    }

    /// Waits for the end, which comes when nobody can ask any more.
    pub(crate) async fn end(mut self) {
        // It panicked, or was lost with its runtime: over is over.
        let _ = (&mut self.task).await;
    }
}

impl Seat {
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(half) = &mut self.half else { return Poll::Ready(()) };
        while let Some(Ok(message)) = ready!(half.poll_message(cx)) {
            if let (AsyncMessage::Notification(notification), Some(listener)) = (message, &self.listener)
                && listener.send(notification).is_err()
            {
                self.listener = None;
            }
        }
        self.half = None;
        self.listener = None;
        Poll::Ready(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.catch_up();
        let mut seat = self.seat.lock();
        let (half, listener) = (seat.half.take(), seat.listener.take());
        drop(seat);
        drop((half, listener));
        self.task.abort();
    }
}

/// Tells the pool, also if the task panics or is lost with its runtime.
struct Dead(Handle);

impl Drop for Dead {
    fn drop(&mut self) {
        self.0.mark_dead();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("over", &self.task.is_finished()).finish_non_exhaustive()
    }
}
