//! A server to have connections to: it answers each message of one byte with the same.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Serves until the process ends.
pub(crate) fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    address
}

fn answer(mut stream: TcpStream) {
    let mut message = [0];
    while stream.read_exact(&mut message).is_ok() && stream.write_all(&message).is_ok() {}
}

/// One message and its answer.
pub(crate) async fn exchange<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S) {
    stream.write_all(b"?").await.expect("the server reads");
    let mut message = [0];
    stream.read_exact(&mut message).await.expect("the server answers");
}
