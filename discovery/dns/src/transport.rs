//! One question to one server, by UDP, and by TCP where the answer is too long for that.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use simple_dns::RCODE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::message::{Answer, Query, is_cut};

/// What a server says, each transport within that time.
///
/// # Errors
/// If it says nothing, or nothing that makes sense. The error tells which.
pub(crate) async fn ask(server: SocketAddr, query: &Query, within: Duration) -> io::Result<Answer> {
    let answer = ask_with(server, query, true, within).await?;
    // One that is too old for EDNS says so in these ways.
    if matches!(answer.code, RCODE::FormatError | RCODE::NotImplemented | RCODE::BADVERS) {
        return ask_with(server, query, false, within).await;
    }
    Ok(answer)
}

async fn ask_with(server: SocketAddr, query: &Query, with_edns: bool, within: Duration) -> io::Result<Answer> {
    // Who cannot see the question must not be able to answer it: the system draws the port, we the number.
    let id = RandomState::new().hash_one(0) as u16;
    let bytes = query.bytes(id, with_edns).ok_or_else(|| io::Error::other("the name is too long"))?;
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {within:?}"));
    match timeout(within, by_udp(server, query, id, &bytes)).await.map_err(late)?? {
        Some(answer) => Ok(answer),
        None => timeout(within, by_tcp(server, query, id, &bytes)).await.map_err(late)?,
    }
}

/// `None` if the answer was cut off.
async fn by_udp(server: SocketAddr, query: &Query, id: u16, bytes: &[u8]) -> io::Result<Option<Answer>> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    // From now on the system drops what comes from anybody else.
    socket.connect(server).await?;
    socket.send(bytes).await?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if is_cut(id, &buffer[..length]) {
            return Ok(None);
        }
        if let Some(answer) = query.answer(id, &buffer[..length]) {
            return Ok(Some(answer));
        }
    }
}

/// Each message is preceded by its length (RFC 1035, section 4.2.2).
async fn by_tcp(server: SocketAddr, query: &Query, id: u16, bytes: &[u8]) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    query.answer(id, &answer).ok_or_else(|| io::Error::other("what it says makes no sense"))
}
