//! The bare minimum of an HTTP/2 server, which can say at any time how many streams it allows.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// A server that greets, confirms settings and pings, and answers no call.
pub(crate) struct Wire {
    address: String,
    says: mpsc::Sender<(u32, oneshot::Sender<()>)>,
}

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const MAX_CONCURRENT_STREAMS: u16 = 3;

fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, 0], payload].concat()
}

fn settings(streams: u32) -> Vec<u8> {
    frame(SETTINGS, 0, &[&MAX_CONCURRENT_STREAMS.to_be_bytes()[..], &streams.to_be_bytes()[..]].concat())
}

impl Wire {
    pub(crate) async fn listen(streams: u32) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let (says, mut heard) = mpsc::channel::<(u32, oneshot::Sender<()>)>(1);
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a client");
            let (mut from, mut to) = stream.into_split();
            let (answers, mut answered) = mpsc::unbounded_channel::<Vec<u8>>();
            tokio::spawn(async move {
                let mut greeting = [0; 24];
                from.read_exact(&mut greeting).await.expect("a greeting");
                let mut head = [0; 9];
                while from.read_exact(&mut head).await.is_ok() {
                    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                    let mut payload = vec![0; length as usize];
                    from.read_exact(&mut payload).await.expect("a whole frame");
                    let answer = match (head[3], head[4] & ACK) {
                        (SETTINGS, 0) => frame(SETTINGS, ACK, &[]),
                        (PING, 0) => frame(PING, ACK, &payload),
                        _ => continue,
                    };
                    let _ = answers.send(answer);
                }
            });
            to.write_all(&settings(streams)).await.expect("a client");
            loop {
                tokio::select! {
                    Some(answer) = answered.recv() => to.write_all(&answer).await.expect("a client"),
                    Some((streams, said)) = heard.recv() => {
                        to.write_all(&settings(streams)).await.expect("a client");
                        let _ = said.send(());
                    }
                    else => return,
                }
            }
        });
        Wire { address, says }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Says how many streams it allows from now on.
    pub(crate) async fn allow(&mut self, streams: u32) {
        let (said, done) = oneshot::channel();
        self.says.send((streams, said)).await.expect("it lives");
        done.await.expect("it lives");
    }
}
