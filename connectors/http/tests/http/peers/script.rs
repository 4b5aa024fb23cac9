//! A peer that does on each connection what a test says, byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A peer at work.
pub(crate) struct Script {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

/// One connection of a script, and the how-manyth it is, from 1.
pub(crate) struct Guest {
    pub(crate) number: usize,
    pub(crate) stream: TcpStream,
    requests: Arc<AtomicUsize>,
}

/// Serves on a free port; each connection in a task of its own.
pub(crate) async fn serve<F>(script: impl Fn(Guest) -> F + Send + 'static) -> Script
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (connections, requests) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (accepted, asked) = (Arc::clone(&connections), Arc::clone(&requests));
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("a socket");
            let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::spawn(script(Guest { number, stream, requests: Arc::clone(&asked) }));
        }
    });
    Script { address, connections, requests, serving }
}

impl Script {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// So many whole requests have come.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Guest {
    /// Reads a request with its body; `None` if the connection ends first.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let request = read_request(&mut self.stream).await?;
        self.requests.fetch_add(1, Ordering::SeqCst);
        Some(request)
    }

    pub(crate) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("the client is there");
    }

    /// Answers a request with this text, and keeps the connection.
    pub(crate) async fn answer(&mut self, text: &str) {
        self.say(answer(text)).await;
    }

    /// Ends the connection so that its peer sees a reset.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO)).expect("a socket");
    }
}

/// An answer that keeps the connection.
pub(crate) fn answer(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

/// Reads a request with a body of a known length.
pub(crate) async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        if let Some(length) = length(&request)
            && request.len() >= length
        {
            return String::from_utf8(request).ok();
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}

/// How long the request is whose beginning this is, if that can be told.
fn length(request: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let (head, _) = text.split_once("\r\n\r\n")?;
    let body = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    Some(head.len() + 4 + body.unwrap_or(0))
}
