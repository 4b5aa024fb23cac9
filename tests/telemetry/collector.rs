//! A collector in this process, on a thread of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// What a collector got.
#[derive(Debug)]
pub(crate) enum Got {
    Metrics(ExportMetricsServiceRequest),
    Traces(ExportTraceServiceRequest),
}

/// A collector that keeps what it gets.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    got: Receiver<Got>,
}

/// Longer than anything here takes, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(30);

impl Collector {
    /// One that takes everything.
    pub(crate) fn start() -> Collector {
        Collector::answering(StatusCode::OK)
    }

    /// One that answers everything with this.
    pub(crate) fn answering(status: StatusCode) -> Collector {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("bound");
        let (tell, got) = sync_channel(10_000);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(accept(listener, tell, status));
        });
        Collector { address, got }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next metrics.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        loop {
            if let Got::Metrics(message) = self.got.recv_timeout(LONG).expect("metrics in time") {
                return metrics_of(message);
            }
        }
    }

    /// The spans of the next batch.
    pub(crate) fn spans(&self) -> Vec<Span> {
        loop {
            if let Got::Traces(message) = self.got.recv_timeout(LONG).expect("spans in time") {
                let scopes = message.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
                return scopes.flat_map(|scope| scope.spans).collect();
            }
        }
    }

    /// Everything that came until now.
    pub(crate) fn so_far(&self) -> Vec<Got> {
        self.got.try_iter().collect()
    }
}

pub(crate) fn metrics_of(message: ExportMetricsServiceRequest) -> Vec<Metric> {
    let scopes = message.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}

async fn accept(listener: std::net::TcpListener, tell: SyncSender<Got>, status: StatusCode) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
    while let Ok((stream, _)) = listener.accept().await {
        let tell = tell.clone();
        let service = service_fn(move |request| take(request, tell.clone(), status));
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn take(
    request: Request<Incoming>,
    tell: SyncSender<Got>,
    status: StatusCode,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let got = match path.as_str() {
        "/v1/metrics" => Got::Metrics(ExportMetricsServiceRequest::decode(body).expect("metrics")),
        "/v1/traces" => Got::Traces(ExportTraceServiceRequest::decode(body).expect("spans")),
        other => panic!("{other}"),
    };
    // A test that is over does not listen any more.
    let _ = tell.send(got);
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    Ok(response)
}
