//! The task of a connection: it moves frames, and tells the pool what the server says of the connection.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream};
use hyper::client::conn::http2::{Builder, Connection};
use hyper_util::rt::{TokioIo, TokioTimer};
use pool_connector_tcp::TcpConnection;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::KeepAliveOptions;
use crate::error::Chain;
use crate::hold::{Held, Hold};
use crate::link::Link;
use crate::recall::Recall;
use crate::seat::{Chore, Seat};
use crate::sender::{Gate, Sender};
use crate::upload::Upload;

/// As many streams as no server can allow: those it allows are not known yet.
const UNKNOWN: usize = usize::MAX - 1;

/// So often all go on before anything is written: a call takes two turns.
const TURNS: usize = 2;

/// hyper adds times to the present: they must not be so long that this overflows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

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
    let hold = Arc::new(Hold::default());
    let stream = TokioIo::new(Held::new(connection, Arc::clone(&hold)));
    let (calls, connection) = builder(setup, &seat).handshake(stream).await?;
    let gate = Arc::new(Gate::default());
    let sender = Sender::new(calls, Arc::clone(&gate), seat.clone());
    let (settled, settings) = oneshot::channel();
    let (guard, ended) = oneshot::channel();
    let drive = Drive {
        frames: seat.frames(),
        calls: Some(connection),
        seat,
        chores: FuturesUnordered::new(),
        hold,
        gate,
        settled: Some(settled),
        link,
    };
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
        builder.keep_alive_interval(interval.get().min(LONGEST));
        builder.keep_alive_timeout(timeout.get().min(LONGEST)).keep_alive_while_idle(while_idle);
    }
    builder
}

/// All that makes up a connection as hyper has it, in one task: whatever the one reads, the others look at in the same
/// moment, and what they have to say is written in one go. By itself hyper starts two tasks for each call, and writes its
/// head before its message has come out of one of them.
struct Drive {
    /// The frames.
    frames: Option<Chore>,
    /// The calls that come to be sent. It ends with a GOAWAY already.
    calls: Option<Connection<TokioIo<Held<TcpConnection>>, Upload, Seat>>,
    /// Where what is started for calls comes from.
    seat: Seat,
    /// It: messages on their way out, and answers on their way in.
    chores: FuturesUnordered<Chore>,
    /// Holds back what the frames have to write.
    hold: Arc<Hold>,
    /// Closed as `calls` goes.
    gate: Arc<Gate>,
    /// Who waits for the settings.
    settled: Option<oneshot::Sender<Result<(), hyper::Error>>>,
    link: Arc<Link>,
}

impl Drive {
    async fn run(mut self) {
        let mut recall = Recall::of(Waker::noop());
        poll_fn(|cx| {
            if !recall.is_of(cx.waker()) {
                recall = Recall::of(cx.waker());
            }
            self.poll(&recall)
        })
        .await;
    }

    /// Lets all go on, as long as one of them calls another, and then write.
    fn poll(&mut self, recall: &Arc<Recall>) -> Poll<()> {
        let waker = Waker::from(Arc::clone(recall));
        let mut cx = Context::from_waker(&waker);
        self.hold.begin();
        for _ in 0..TURNS {
            recall.begin();
            self.turn(&mut cx);
            if !recall.is_called() {
                break;
            }
        }
        if self.hold.end() {
            recall.begin();
            self.turn(&mut cx);
        }
        // What the server has said last.
        self.poll_calls(&mut cx);
        recall.end();
        if self.frames.is_some() || self.calls.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn turn(&mut self, cx: &mut Context<'_>) {
        self.poll_calls(cx);
        self.seat.hand_over(&mut self.chores);
        while let Poll::Ready(Some(())) = Pin::new(&mut self.chores).poll_next(cx) {}
        if self.frames.as_mut().is_some_and(|frames| Pin::new(frames).poll(cx).is_ready()) {
            self.frames = None;
        }
    }

    fn poll_calls(&mut self, cx: &mut Context<'_>) {
        let Some(calls) = &mut self.calls else { return };
        match Pin::new(&mut *calls).poll(cx) {
            Poll::Ready(end) => self.end(end),
            Poll::Pending => {
                let streams = calls.current_max_send_streams();
                self.follow(streams);
            }
        }
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
        self.frames = None;
        // Whoever waits for an answer is told what became of it.
        self.seat.leave(&mut self.chores);
        if let Ok(runtime) = Handle::try_current() {
            for chore in std::mem::take(&mut self.chores) {
                runtime.spawn(chore);
            }
        }
    }
}
