//! One of the demo's servers: answers each message of eight bytes with the same, after a while.

use std::io::{self, Write};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The length of a message.
pub(crate) const MESSAGE: usize = 8;

/// Serves until standard input ends, which it does when whoever started it is gone. The first line
/// on standard output is the address.
pub(crate) async fn serve(listen: &str, delay: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    tokio::select! {
        never = accept(listener, delay) => never,
        () = end_of_input() => Ok(()),
    }
}

async fn accept(listener: TcpListener, delay: Duration) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(answer(stream, delay));
    }
}

async fn answer(mut stream: TcpStream, delay: Duration) {
    let _ = stream.set_nodelay(true);
    let mut message = [0; MESSAGE];
    // The peer may go at any time: that is the end of it.
    while stream.read_exact(&mut message).await.is_ok() {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}

async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let mut nothing = [0; 64];
    while input.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
}
