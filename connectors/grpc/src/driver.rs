//! The task of a connection: it moves frames, and tells the pool what the server says of the connection.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::client::conn::http2::{Builder, Connection};
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use pool_connector_tcp::TcpConnection;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tonic::body::Body;

use crate::KeepAliveOptions;
use crate::error::Chain;
use crate::link::Link;
use crate::sender::{Gate, Sender};

/// As many streams as no server can allow: those it allows are not known yet.
const UNKNOWN: usize = usize::MAX - 1;

/// How a connection is set up.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) keep_alive: KeepAliveOptions,
    pub(crate) adaptive_window: bool,
}

/// A connection's task, which ends with this at the latest.
#[derive(Debug)]
pub(crate) struct Driver {
    task: AbortHandle,
    ended: oneshot::Receiver<()>,
}

impl Driver {
    /// Waits until the task has ended, which it does when nobody can send any more and nothing runs.
    pub(crate) async fn ended(mut self) {
        // The other end is dropped with the task.
        let _: Result<(), oneshot::error::RecvError> = (&mut self.ended).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to speak HTTP/2, and waits until the server has told its settings: before that it is not known whether it
/// speaks HTTP/2 at all, and how many calls it takes. An error of `None` is a server that says goodbye at once.
pub(crate) async fn begin(
    setup: &Setup,
    connection: TcpConnection,
    link: Arc<Link>,
) -> Result<(Sender, Driver), Option<hyper::Error>> {
    let seat = Seat::default();
    let (calls, connection) = builder(setup, &seat).handshake(TokioIo::new(connection)).await?;
    let gate = Arc::new(Gate::default());
    let sender = Sender::new(calls, Arc::clone(&gate));
    let (settled, settings) = oneshot::channel();
    let (guard, ended) = oneshot::channel();
    let drive = Drive { frames: seat.take(), calls: Some(connection), gate, settled: Some(settled), link };
    let task = tokio::spawn(async move {
        let _until_the_end: oneshot::Sender<()> = guard;
        drive.run().await;
    });
    let driver = Driver { task: task.abort_handle(), ended };
    match settings.await {
        Ok(Ok(())) => Ok((sender, driver)),
        Ok(Err(error)) => Err(Some(error)),
        Err(_) => Err(None),
    }
}

fn builder(setup: &Setup, seat: &Seat) -> Builder<Seat> {
    let mut builder = Builder::new(seat.clone());
    builder.timer(TokioTimer::new()).initial_max_send_streams(UNKNOWN);
    if setup.adaptive_window {
        builder.adaptive_window(true);
    }
    let KeepAliveOptions { interval, timeout, while_idle } = setup.keep_alive;
    if !interval.is_never() {
        builder.keep_alive_interval(interval.get()).keep_alive_timeout(timeout.get()).keep_alive_while_idle(while_idle);
    }
    builder
}

type Frames = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Both halves of a connection as hyper has it, in one task: whatever the one reads, the other looks at in the same
/// moment.
struct Drive {
    /// The frames.
    frames: Option<Frames>,
    /// The calls that come to be sent. It ends with a GOAWAY already.
    calls: Option<Connection<TokioIo<TcpConnection>, Body, Seat>>,
    /// Closed as `calls` goes.
    gate: Arc<Gate>,
    /// Who waits for the settings.
    settled: Option<oneshot::Sender<Result<(), hyper::Error>>>,
    link: Arc<Link>,
}

impl Drive {
    async fn run(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.frames.as_mut().is_some_and(|frames| frames.as_mut().poll(cx).is_ready()) {
            self.frames = None;
        }
        if let Some(calls) = &mut self.calls {
            match Pin::new(&mut *calls).poll(cx) {
                Poll::Ready(end) => self.end(end),
                Poll::Pending => {
                    let streams = calls.current_max_send_streams();
                    self.follow(streams);
                }
            }
        }
        if self.frames.is_some() || self.calls.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn follow(&mut self, streams: usize) {
        if streams == UNKNOWN {
            return;
        }
        self.link.allow(streams);
        if let Some(settled) = self.settled.take() {
            // Whoever waited may have gone.
            let _ = settled.send(Ok(()));
        }
    }

    /// No more calls: the server says goodbye, the connection is lost, or we close it.
    fn end(&mut self, end: hyper::Result<()>) {
        self.gate.close(&mut self.calls);
        let why = match &end {
            Ok(()) => "the server said goodbye (GOAWAY)".to_owned(),
            Err(error) => Chain(error).to_string(),
        };
        self.link.leave(why);
        if let (Some(settled), Err(error)) = (self.settled.take(), end) {
            let _ = settled.send(Err(error));
        }
    }
}

/// At the end of the connection, or of the runtime that it was made on.
impl Drop for Drive {
    fn drop(&mut self) {
        self.gate.close(&mut self.calls);
        self.link.leave("it was closed");
    }
}

/// Where hyper leaves the future of a connection's frames, instead of starting a task for it. What else it starts, a
/// few for each call, are tasks.
#[derive(Clone, Default)]
struct Seat(Arc<Mutex<Place>>);

#[derive(Default)]
enum Place {
    #[default]
    Free,
    Held(Frames),
    Left,
}

impl Seat {
    fn take(&self) -> Option<Frames> {
        match std::mem::replace(&mut *self.place(), Place::Left) {
            Place::Held(frames) => Some(frames),
            Place::Free | Place::Left => None,
        }
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Seat {
    fn execute(&self, future: F) {
        let mut place = self.place();
        if matches!(*place, Place::Free) {
            *place = Place::Held(Box::pin(future));
            return;
        }
        drop(place);
        tokio::spawn(future);
    }
}
