//! A forward proxy, which carries bytes (CONNECT) and passes on whole URIs.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::read_request;

/// A forward proxy at work.
pub(crate) struct ForwardProxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

/// What it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The how-manyth connection, from 1.
    pub(crate) connection: usize,
    /// `CONNECT host:80`, `GET http://host/path`.
    pub(crate) line: String,
    /// Who asked.
    pub(crate) credentials: Option<String>,
}

impl ForwardProxy {
    /// One that lets through whoever has these credentials, or everybody.
    pub(crate) async fn start(credentials: Option<&'static str>) -> ForwardProxy {
        ForwardProxy::answering(credentials, None).await
    }

    /// One that answers this to everything, word for word.
    pub(crate) async fn refusing(answer: &'static str) -> ForwardProxy {
        ForwardProxy::answering(None, Some(answer)).await
    }

    async fn answering(credentials: Option<&'static str>, answer: Option<&'static str>) -> ForwardProxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let noted = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            for connection in 1.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                let noted = Arc::clone(&noted);
                tokio::spawn(async move { carry(stream, connection, &noted, credentials, answer).await });
            }
        });
        ForwardProxy { address, asked, serving }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("whole").clone()
    }
}

impl Drop for ForwardProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn carry(
    mut client: TcpStream,
    connection: usize,
    noted: &Mutex<Vec<Asked>>,
    wanted: Option<&str>,
    answer: Option<&str>,
) {
    while let Some(request) = read_request(&mut client).await {
        let line = request.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let credentials =
            request.lines().find_map(|line| line.strip_prefix("proxy-authorization: ").map(str::to_owned));
        let may_pass = wanted.is_none() || credentials.as_deref() == wanted;
        noted.lock().expect("whole").push(Asked { connection, line: line.clone(), credentials });
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        if let Some(answer) = answer.or((!may_pass).then_some(refusal)) {
            let _ = client.write_all(answer.as_bytes()).await;
            continue;
        }
        if let Some(to) = line.strip_prefix("CONNECT ") {
            let Ok(mut server) = TcpStream::connect(to).await else {
                let _ = client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
                continue;
            };
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.expect("the client is there");
            let _ = copy_bidirectional(&mut client, &mut server).await;
            return;
        }
        pass_on(&mut client, &line, &request).await;
    }
}

/// Passes a request on to the server of its URI, on a connection of its own.
async fn pass_on(client: &mut TcpStream, line: &str, request: &str) {
    let uri: http::Uri = line.split(' ').nth(1).expect("a URI").parse().expect("a good URI");
    let mut server = TcpStream::connect(uri.authority().expect("a host").as_str()).await.expect("a server");
    let (_, rest) = request.split_once("\r\n").expect("a head");
    let method = line.split(' ').next().expect("a method");
    let head = format!("{method} {} HTTP/1.1\r\nconnection: close\r\n{rest}", uri.path());
    server.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.expect("an answer");
    let kept = String::from_utf8(answer).expect("text").replace("connection: close\r\n", "");
    client.write_all(kept.as_bytes()).await.expect("the client is there");
}
