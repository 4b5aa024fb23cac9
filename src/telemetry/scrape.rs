//! The scrape endpoint, and where the page is served: a very small web server that only reads.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::accept::Format;
use super::page::{self, Page};
use super::prometheus::Scraper;

const TEXT: &str = "text/plain; charset=utf-8";

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the server knows.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) scraper: Scraper,
    /// Where it is turned on.
    pub(crate) page: Option<Arc<Page>>,
}

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, site: Arc<Site>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(stream, Arc::clone(&site)));
            }
            // Out of file descriptors, most likely: it may pass.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Binds the address on the calling thread, so that a port in use is an error of `init`.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

async fn converse(stream: TcpStream, site: Arc<Site>) {
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(site.answer(&request)) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // A client that goes away in the middle is its own affair.
    let _ = server.serve_connection(TokioIo::new(stream), service).await;
}

impl Site {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET and HEAD only\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/metrics" => self.metrics(Format::wanted(request.headers())),
            path => self.page(request, path),
        }
    }

    fn metrics(&self, format: Format) -> Response<Full<Bytes>> {
        let body = match format {
            Format::Protobuf => Bytes::from(self.scraper.protobuf()),
            Format::OpenMetrics => Bytes::from(self.scraper.openmetrics()),
            Format::Plain => Bytes::from(self.scraper.plain()),
        };
        respond(StatusCode::OK, format.content_type(), body)
    }

    /// Scrapers come by whatever name leads here; to the page it matters, since a browser lends
    /// itself to strangers.
    fn page(&self, request: &Request<Incoming>, path: &str) -> Response<Full<Bytes>> {
        let Some(page) = &self.page else {
            return text(
                StatusCode::NOT_FOUND,
                "not here; /metrics is. `telemetry.page = true` shows the pools here\n",
            );
        };
        let mut response = if page::admits(request.headers()) {
            match page.document(path, request.uri().query()) {
                Some((content_type, body)) => respond(StatusCode::OK, content_type, body),
                None => text(StatusCode::NOT_FOUND, "not here; / and /metrics are\n"),
            }
        } else {
            text(
                StatusCode::FORBIDDEN,
                "ask by address, as http://127.0.0.1:PORT/, or as localhost: by a name that \
                                         others can set, a stranger's web page could ask as well\n",
            )
        };
        page::guard(response.headers_mut());
        response
    }
}

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond(status, TEXT, body)
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
