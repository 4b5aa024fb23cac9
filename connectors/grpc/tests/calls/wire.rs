//! The bare minimum of an HTTP/2 server, which does what it is told: to its limits, and to calls.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// What is done with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// It is answered: OK.
    Answer,
    /// Its stream is reset with this code: 7 is REFUSED_STREAM.
    Reset(u8),
    /// The connection takes no more calls, this one neither.
    GoAway,
    /// The connection is closed.
    Close,
    /// It is answered with an HTTP status, as by a proxy: 0x8d is 404, 0x8e 500.
    Http(u8),
    /// The same, with a page that has no end.
    Page(u8),
    /// The answer ends without trailers.
    NoTrailers,
    /// It is answered when so many bytes of it have come.
    LateAnswer(usize),
    /// Its stream is reset with this code when so many bytes of it have come.
    LateReset(u8, usize),
}

/// A server that greets, confirms settings and pings, and does with calls what it is told; then it answers.
pub(crate) struct Wire {
    address: String,
    streams: watch::Sender<u32>,
    seen: Seen,
}

#[derive(Clone, Default)]
struct Seen {
    acts: Arc<Mutex<VecDeque<Act>>>,
    calls: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
/// More than anybody sends here.
const WINDOW: u32 = 1 << 24;
/// An indexed header field: `:status: 200`.
const OK: u8 = 0x88;

fn frame(kind: u8, flags: u8, stream: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

fn settings(streams: u32) -> Vec<u8> {
    let setting = |name: u16, value: u32| [&name.to_be_bytes()[..], &value.to_be_bytes()[..]].concat();
    let both = [setting(MAX_CONCURRENT_STREAMS, streams), setting(INITIAL_WINDOW_SIZE, WINDOW)].concat();
    frame(SETTINGS, 0, [0; 4], &both)
}

/// A header field by its name and value, not indexed.
fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    [&[0][..], &text(name), &text(value)].concat()
}

impl Act {
    /// After how many bytes of the call.
    fn after(self) -> usize {
        match self {
            Act::LateAnswer(bytes) | Act::LateReset(_, bytes) => bytes,
            _ => 0,
        }
    }

    fn frames(self, stream: [u8; 4]) -> Vec<u8> {
        let head = [&[OK][..], &field("content-type", "application/grpc")].concat();
        let head = frame(HEADERS, END_HEADERS, stream, &head);
        match self {
            Act::Answer => {
                let message = frame(DATA, 0, stream, &[0; 5]);
                let trailers = frame(HEADERS, END_HEADERS | END_STREAM, stream, &field("grpc-status", "0"));
                [head, message, trailers].concat()
            }
            Act::LateAnswer(_) => Act::Answer.frames(stream),
            Act::Reset(code) | Act::LateReset(code, _) => frame(RST_STREAM, 0, stream, &[0, 0, 0, code]),
            Act::GoAway => frame(GOAWAY, 0, [0; 4], &[0; 8]),
            Act::Close => Vec::new(),
            Act::Http(status) => frame(HEADERS, END_HEADERS | END_STREAM, stream, &[status]),
            Act::Page(status) => {
                [frame(HEADERS, END_HEADERS, stream, &[status]), frame(DATA, 0, stream, b"<html>")].concat()
            }
            Act::NoTrailers => [head, frame(DATA, END_STREAM, stream, &[0; 5])].concat(),
        }
    }
}

impl Wire {
    pub(crate) async fn listen(streams: u32, acts: impl IntoIterator<Item = Act>) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let seen = Seen { acts: Arc::new(Mutex::new(acts.into_iter().collect())), ..Seen::default() };
        let (sender, receiver) = watch::channel(streams);
        let wire = Wire { address, streams: sender, seen: seen.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, receiver.clone(), seen.clone()));
            }
        });
        wire
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Says how many streams it allows from now on.
    pub(crate) fn allow(&self, streams: u32) {
        self.streams.send_replace(streams);
    }

    /// How many calls have come.
    pub(crate) fn calls(&self) -> usize {
        self.seen.calls.load(Ordering::SeqCst)
    }

    /// How many connections have come.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

async fn serve(stream: TcpStream, streams: watch::Receiver<u32>, seen: Seen) {
    let (from, to) = stream.into_split();
    let (says, said) = mpsc::unbounded_channel();
    // Whichever ends first closes the connection.
    tokio::select! {
        () = listen(from, says, seen) => {}
        () = talk(to, said, streams) => {}
    }
}

async fn listen(mut from: OwnedReadHalf, says: mpsc::UnboundedSender<Option<Vec<u8>>>, seen: Seen) {
    let mut greeting = [0; 24];
    if from.read_exact(&mut greeting).await.is_err() {
        return;
    }
    let (mut head, mut due) = ([0; 9], None::<(Act, [u8; 4], usize)>);
    while from.read_exact(&mut head).await.is_ok() {
        let [_, a, b, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; usize::from(a) << 8 | usize::from(b)];
        if from.read_exact(&mut payload).await.is_err() {
            return;
        }
        match (kind, flags & ACK) {
            (SETTINGS, 0) => drop(says.send(Some(frame(SETTINGS, ACK, [0; 4], &[])))),
            (PING, 0) => drop(says.send(Some(frame(PING, ACK, [0; 4], &payload)))),
            (HEADERS, _) => {
                seen.calls.fetch_add(1, Ordering::SeqCst);
                let act = seen.acts.lock().expect("no panic").pop_front().unwrap_or(Act::Answer);
                due = Some((act, stream, 0));
            }
            (DATA, _) => {
                if let Some((.., come)) = &mut due {
                    *come += payload.len();
                }
            }
            _ => {}
        }
        if let Some((act, stream, _)) = due.take_if(|(act, _, come)| *come >= act.after()) {
            let _ = says.send(Some(act.frames(stream)));
            if matches!(act, Act::Close | Act::GoAway) {
                let _ = says.send(None);
            }
        }
    }
}

async fn talk(
    mut to: OwnedWriteHalf,
    mut said: mpsc::UnboundedReceiver<Option<Vec<u8>>>,
    mut streams: watch::Receiver<u32>,
) {
    let window = frame(WINDOW_UPDATE, 0, [0; 4], &WINDOW.to_be_bytes());
    let first = [settings(*streams.borrow_and_update()), window].concat();
    let mut next = Some(first);
    while let Some(frames) = next {
        if to.write_all(&frames).await.is_err() {
            return;
        }
        next = tokio::select! {
            said = said.recv() => said.flatten(),
            Ok(()) = streams.changed() => Some(settings(*streams.borrow_and_update())),
        };
    }
}
