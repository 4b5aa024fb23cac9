//! One of the demo's servers: answers each message of eight bytes with the same, after a while, which can
//! be changed while it serves.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The length of a message.
pub(crate) const MESSAGE: usize = 8;

/// How long it takes to answer, in microseconds.
pub(super) type Delay = Arc<AtomicU64>;

/// Serves until standard input ends, which it does when whoever started it is gone. The first line
/// on standard output is the address. Each line on standard input is another delay, such as `20ms`.
pub(crate) async fn serve(listen: &str, delay: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    let shared = Delay::default();
    set(&shared, delay);
    tokio::select! {
        never = accept(listener, &shared) => never,
        ended = obey(&shared) => ended,
    }
}

pub(super) async fn accept(listener: TcpListener, delay: &Delay) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, Arc::clone(delay)));
    }
}

async fn answer(mut stream: TcpStream, delay: Delay) {
    let _ = stream.set_nodelay(true);
    let mut message = [0; MESSAGE];
    // The peer may go at any time: that is the end of it.
    while stream.read_exact(&mut message).await.is_ok() {
        let delay = Duration::from_micros(delay.load(Ordering::Relaxed));
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// Takes each line of standard input for another delay, until there is no more.
async fn obey(delay: &Delay) -> io::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        set(delay, humantime::parse_duration(line.trim()).map_err(io::Error::other)?);
    }
    Ok(())
}

pub(super) fn set(delay: &Delay, to: Duration) {
    delay.store(u64::try_from(to.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
}
