//! The scrape endpoint: a very small web server.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::accept::Format;
use super::hub::Hub;
use super::prometheus::Scraper;

const PLAIN: &str = Format::Plain.content_type();
const HTML: &str = "text/html; charset=utf-8";

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the server knows.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) scraper: Scraper,
    pub(crate) hub: Hub,
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
            let mut response = page(StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET and HEAD only\n".to_owned());
            response.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match request.uri().path() {
            "/metrics" => self.metrics(Format::wanted(request.headers())),
            "/" => page(StatusCode::OK, HTML, self.index()),
            _ => page(StatusCode::NOT_FOUND, PLAIN, "not here; /metrics is\n".to_owned()),
        }
    }

    fn metrics(&self, format: Format) -> Response<Full<Bytes>> {
        let body = match format {
            Format::Protobuf => Bytes::from(self.scraper.protobuf()),
            Format::OpenMetrics => Bytes::from(self.scraper.openmetrics()),
            Format::Plain => Bytes::from(self.scraper.plain()),
        };
        page(StatusCode::OK, format.content_type(), body)
    }

    fn index(&self) -> String {
        let mut pools = String::new();
        for name in self.hub.names() {
            let _ = write!(pools, "<li>{}</li>", escape(&name));
        }
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Clearpool</title>\
             <h1>Clearpool</h1><p>Pools:</p><ul>{pools}</ul><p><a href=\"/metrics\">Metrics</a></p></html>\n"
        )
    }
}

fn page(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
