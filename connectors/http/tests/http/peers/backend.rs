//! A server of hyper that answers by the path.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version, header};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Which HTTP a backend speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// A server that answers every path with its name, but for those that mean something: see [`answer`].
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    serving: Option<JoinHandle<()>>,
    farewell: watch::Sender<bool>,
}

/// What came, and what is let through.
pub(crate) struct Seen {
    name: &'static str,
    connections: AtomicUsize,
    requests: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    /// `/slow` answers when it has one.
    tickets: Semaphore,
    heads: Mutex<Vec<(Version, String, HeaderMap)>>,
}

impl Backend {
    pub(crate) async fn start(name: &'static str, speaks: Speaks) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::new(Seen {
            name,
            connections: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
            tickets: Semaphore::new(0),
            heads: Mutex::default(),
        });
        let (farewell, leaving) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, speaks, Arc::clone(&seen), leaving));
        Backend { address, seen, serving: Some(serving), farewell }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes away with all its connections.
    pub(crate) async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            assert!(serving.await.is_err_and(|error| error.is_cancelled()));
        }
    }

    /// Comes back on the same port.
    pub(crate) async fn restart(&mut self, speaks: Speaks) {
        self.stop().await;
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let leaving = self.farewell.subscribe();
        self.serving = Some(tokio::spawn(serve(listener, speaks, Arc::clone(&self.seen), leaving)));
    }

    /// Says goodbye on all connections, and lets what is under way come to its end.
    pub(crate) fn say_goodbye(&self) {
        self.farewell.send_replace(true);
    }

    /// Lets so many requests for `/slow` be answered.
    pub(crate) fn release(&self, requests: usize) {
        self.seen.tickets.add_permits(requests);
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// The most requests that were under way at once.
    pub(crate) fn most_at_once(&self) -> usize {
        self.seen.most_at_once.load(Ordering::SeqCst)
    }

    /// The last request: its version, URI and headers.
    pub(crate) fn last(&self) -> (Version, String, HeaderMap) {
        self.seen.heads.lock().expect("whole").last().expect("there was one").clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn until_requests(&self, requests: usize) {
        let came = async {
            while self.requests() < requests {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(crate::AMPLE, came).await.expect("they come");
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn serve(listener: TcpListener, speaks: Speaks, seen: Arc<Seen>, leaving: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        stream.set_nodelay(true).expect("a socket");
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let (seen, mut leaving) = (Arc::clone(&seen), leaving.clone());
        let service = service_fn(move |request| {
            let seen = Arc::clone(&seen);
            async move { Ok::<_, Infallible>(answer(&seen, request).await) }
        });
        connections.spawn(async move {
            let io = TokioIo::new(stream);
            let is_leaving = async move { drop(leaving.wait_for(|leaving| *leaving).await) };
            match speaks {
                Speaks::Http1 => {
                    let serving = hyper::server::conn::http1::Builder::new().serve_connection(io, service);
                    let mut serving = std::pin::pin!(serving.with_upgrades());
                    tokio::select! {
                        _ = &mut serving => return,
                        () = is_leaving => serving.as_mut().graceful_shutdown(),
                    }
                    let _ = serving.await;
                }
                Speaks::Http2 => {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let mut serving = std::pin::pin!(builder.serve_connection(io, service));
                    tokio::select! {
                        _ = &mut serving => return,
                        () = is_leaving => serving.as_mut().graceful_shutdown(),
                    }
                    let _ = serving.await;
                }
            }
        });
    }
}

type Boxed = UnsyncBoxBody<Bytes, Infallible>;

fn text(text: impl Into<Bytes>) -> Boxed {
    Full::new(text.into()).boxed_unsync()
}

async fn answer(seen: &Seen, request: Request<Incoming>) -> Response<Boxed> {
    let head = (request.version(), request.uri().to_string(), request.headers().clone());
    seen.heads.lock().expect("whole").push(head);
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let _here = Here::new(seen);
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/echo" => {
            let bytes = request.into_body().collect().await.expect("a whole body").to_bytes();
            Response::new(text(bytes))
        }
        "/slow" => {
            seen.tickets.acquire().await.expect("open").forget();
            Response::new(text(seen.name))
        }
        "/drip" => drip(),
        "/big" => Response::new(text(vec![b'x'; 4 << 20])),
        "/trailers" => trailers(),
        "/empty" => with(Response::new(text("")), StatusCode::NO_CONTENT),
        "/broken" => with(Response::new(text("broken")), StatusCode::SERVICE_UNAVAILABLE),
        "/last" => close(Response::new(text(seen.name))),
        "/upgrade" => upgrade(request),
        _ => Response::new(text(seen.name)),
    }
}

/// One that is under way.
struct Here<'a>(&'a Seen);

impl<'a> Here<'a> {
    fn new(seen: &'a Seen) -> Here<'a> {
        let now = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        seen.most_at_once.fetch_max(now, Ordering::SeqCst);
        Here(seen)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

fn with(mut response: Response<Boxed>, status: StatusCode) -> Response<Boxed> {
    *response.status_mut() = status;
    response
}

fn close(mut response: Response<Boxed>) -> Response<Boxed> {
    response.headers_mut().insert(header::CONNECTION, "close".parse().expect("a header"));
    response
}

/// A first piece, and no end.
fn drip() -> Response<Boxed> {
    Response::new(Pieces(vec![Frame::data(Bytes::from("drip"))], false).boxed_unsync())
}

fn trailers() -> Response<Boxed> {
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", "abc".parse().expect("a header"));
    let body = Pieces(vec![Frame::trailers(trailers), Frame::data(Bytes::from("data"))], true);
    let mut response = Response::new(body.boxed_unsync());
    response.headers_mut().insert(header::TRAILER, "checksum".parse().expect("a header"));
    response
}

/// Pieces, the last first, and whether they end.
struct Pieces(Vec<Frame<Bytes>>, bool);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.0.pop() {
            None if !self.1 => Poll::Pending,
            next => Poll::Ready(next.map(Ok)),
        }
    }
}

/// Echoes in capitals, in a protocol of its own.
fn upgrade(request: Request<Incoming>) -> Response<Boxed> {
    tokio::spawn(async move {
        let mut carried = TokioIo::new(hyper::upgrade::on(request).await.expect("it was agreed"));
        let mut bytes = [0; 5];
        carried.read_exact(&mut bytes).await.expect("five come");
        bytes.make_ascii_uppercase();
        carried.write_all(&bytes).await.expect("they are taken");
    });
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "shout");
    response.body(text("")).expect("a response")
}
