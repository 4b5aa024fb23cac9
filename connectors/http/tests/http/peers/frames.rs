//! A server of HTTP/2 that a test leads by the hand, frame by frame (RFC 9113).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;

const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// `:status: 200`, from the static table of HPACK.
const OK: u8 = 0x88;

/// A listener, on which connections are taken one by one.
pub(crate) struct Http2Peer {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// One connection.
pub(crate) struct Http2Guest {
    write: OwnedWriteHalf,
    heard: mpsc::UnboundedReceiver<Heard>,
}

/// What the client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The head of a request on this stream.
    Request(u32),
    /// The end of a request that has a body.
    End(u32),
    /// It gave a stream up, with this code.
    Reset(u32, u32),
    /// It says goodbye.
    Goodbye,
}

impl Http2Peer {
    pub(crate) async fn start() -> Http2Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        Http2Peer { listener, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes the next connection, and lets so many streams be open at once on it.
    pub(crate) async fn accept(&self, streams: u32) -> Http2Guest {
        self.greet(&setting(streams)).await
    }

    /// The same without a word of a limit.
    pub(crate) async fn accept_without_limit(&self) -> Http2Guest {
        self.greet(&[]).await
    }

    async fn greet(&self, settings: &[u8]) -> Http2Guest {
        let accepted = tokio::time::timeout(crate::AMPLE, self.listener.accept()).await;
        let (stream, _) = accepted.expect("the client dials").expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let (mut read, write) = stream.into_split();
        let (say, heard) = mpsc::unbounded_channel();
        let (reply, mut replies) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut preface = [0; 24];
            if read.read_exact(&mut preface).await.is_err() {
                return;
            }
            assert_eq!(&preface, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            while let Some((kind, flags, stream, payload)) = next_frame(&mut read).await {
                // Nobody may listen any more.
                let _ = match (kind, flags) {
                    (HEADERS, _) => say.send(Heard::Request(stream)).is_ok(),
                    (DATA, flags) if flags & END_STREAM != 0 => say.send(Heard::End(stream)).is_ok(),
                    (RST_STREAM, _) => say.send(Heard::Reset(stream, number(&payload))).is_ok(),
                    (GOAWAY, _) => say.send(Heard::Goodbye).is_ok(),
                    (SETTINGS, 0) => reply.send(frame(SETTINGS, ACK, 0, &[])).is_ok(),
                    _ => true,
                };
            }
        });
        let mut guest = Http2Guest { write, heard };
        guest.write(&frame(SETTINGS, 0, 0, settings)).await;
        // The client's own settings, which it sends once.
        if let Some(reply) = replies.recv().await {
            guest.write(&reply).await;
        }
        guest
    }
}

impl Http2Guest {
    /// Waits for what the client says next.
    pub(crate) async fn hear(&mut self) -> Heard {
        let next = tokio::time::timeout(crate::AMPLE, self.heard.recv());
        next.await.expect("it says something").expect("it is there")
    }

    /// Waits for a request; gives its stream. One before it may end first.
    pub(crate) async fn request(&mut self) -> u32 {
        loop {
            match self.hear().await {
                Heard::Request(stream) => return stream,
                Heard::End(_) => {}
                other => panic!("a request was expected, and not {other:?}"),
            }
        }
    }

    /// Waits until the client has ended the connection.
    pub(crate) async fn ended(&mut self) {
        let end = async { while self.heard.recv().await.is_some() {} };
        tokio::time::timeout(crate::AMPLE, end).await.expect("it ends the connection");
    }

    /// From now on so many streams may be open at once.
    pub(crate) async fn allow(&mut self, streams: u32) {
        self.write(&frame(SETTINGS, 0, 0, &setting(streams))).await;
    }

    /// Answers a request, with this text.
    pub(crate) async fn answer(&mut self, stream: u32, text: &str) {
        self.begin_answer(stream).await;
        self.end_answer(stream, text).await;
    }

    /// Answers a request with the head of an answer, and no more yet.
    pub(crate) async fn begin_answer(&mut self, stream: u32) {
        self.write(&frame(HEADERS, END_HEADERS, stream, &[OK])).await;
    }

    /// Ends an answer that was begun, with this text.
    pub(crate) async fn end_answer(&mut self, stream: u32, text: &str) {
        self.write(&frame(DATA, END_STREAM, stream, text.as_bytes())).await;
    }

    /// Refuses or gives up a stream.
    pub(crate) async fn reset(&mut self, stream: u32, code: u32) {
        self.write(&frame(RST_STREAM, 0, stream, &code.to_be_bytes())).await;
    }

    /// Says that streams after this one were not processed, and none will be.
    pub(crate) async fn go_away(&mut self, last: u32, code: u32) {
        let payload = [last.to_be_bytes(), code.to_be_bytes()].concat();
        self.write(&frame(GOAWAY, 0, 0, &payload)).await;
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.write.write_all(bytes).await.expect("the client is there");
    }
}

/// `SETTINGS_MAX_CONCURRENT_STREAMS`.
fn setting(streams: u32) -> Vec<u8> {
    [&3_u16.to_be_bytes()[..], &streams.to_be_bytes()[..]].concat()
}

async fn next_frame(read: &mut OwnedReadHalf) -> Option<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    read.read_exact(&mut head).await.ok()?;
    let [a, b, c, kind, flags, stream @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    read.read_exact(&mut payload).await.ok()?;
    Some((kind, flags, u32::from_be_bytes(stream), payload))
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}
