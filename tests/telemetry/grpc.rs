//! A collector that speaks gRPC, in this process.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clearpool::telemetry::{Guard, OtlpOptions, OtlpProtocol, Setup};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use pool_core::catalog::Metric;
use prost::Message;

use crate::collector::{LONG, metrics_of};
use crate::faults::lease;
use crate::scenario::{Source, busy};
use crate::scrape::{no_env, options};

/// gRPC's codes for what the tests want.
const OK: u32 = 0;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

struct Grpc {
    url: String,
    /// How the next requests end; then all is well.
    codes: Arc<Mutex<Vec<u32>>>,
    asked: Arc<AtomicU32>,
    got: Receiver<(String, HeaderMap, Bytes)>,
}

impl Grpc {
    fn start(codes: &[u32]) -> Grpc {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (tell, got) = channel();
        let (codes, asked) = (Arc::new(Mutex::new(codes.to_vec())), Arc::new(AtomicU32::new(0)));
        let (next, count) = (Arc::clone(&codes), Arc::clone(&asked));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(accept(listener, tell, next, count));
        });
        Grpc { url, codes, asked, got }
    }

    fn next(&self, path: &str) -> (HeaderMap, Bytes) {
        loop {
            let (at, headers, body) = self.got.recv_timeout(LONG).expect("a request in time");
            if at.contains(path) {
                return (headers, body);
            }
        }
    }
}

async fn accept(
    listener: std::net::TcpListener,
    tell: Sender<(String, HeaderMap, Bytes)>,
    codes: Arc<Mutex<Vec<u32>>>,
    asked: Arc<AtomicU32>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
    while let Ok((stream, _)) = listener.accept().await {
        let (tell, codes, asked) = (tell.clone(), Arc::clone(&codes), Arc::clone(&asked));
        let service = service_fn(move |request: Request<Incoming>| {
            asked.fetch_add(1, Ordering::Relaxed);
            let code = codes.lock().expect("no panic").pop().unwrap_or(OK);
            answer(request, tell.clone(), code)
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
    }
}

/// Takes one message of gRPC: a byte that says that it is not compressed, its length, itself.
async fn answer(
    request: Request<Incoming>,
    tell: Sender<(String, HeaderMap, Bytes)>,
    code: u32,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    assert_eq!(head.headers["content-type"], "application/grpc");
    assert_eq!(body[0], 0, "not compressed");
    assert_eq!(u32::from_be_bytes([body[1], body[2], body[3], body[4]]) as usize, body.len() - 5);
    if code == OK {
        let _ = tell.send((head.uri.path().to_owned(), head.headers, body.slice(5..)));
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(code));
    trailers.insert("grpc-message", HeaderValue::from_static("as the test has it"));
    let empty = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(empty);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}

fn start(url: &str, interval: Duration) -> Guard {
    let mut options = options();
    let mut otlp = OtlpOptions::new(url);
    otlp.protocol = Some(OtlpProtocol::Grpc);
    otlp.headers.insert("x-key".to_owned(), "secret".to_owned());
    options.otlp = Some(otlp);
    options.interval = interval.into();
    let telemetry = Setup::new(&options).environment(no_env).start().expect("well-formed");
    telemetry.hub().watch(Source::new("orders", busy()));
    telemetry
}

#[test]
fn metrics_and_spans_go_out_over_grpc() {
    let collector = Grpc::start(&[]);
    let telemetry = start(&collector.url, Duration::from_millis(20));
    lease(&telemetry, 3);
    let (headers, body) = collector.next("MetricsService/Export");
    assert_eq!(headers["x-key"], "secret");
    let metrics = metrics_of(ExportMetricsServiceRequest::decode(body).expect("metrics"));
    assert!(metrics.iter().any(|metric| metric.name == Metric::Acquires.name()), "{metrics:?}");
    telemetry.shutdown(LONG).expect("all delivered");
    let (_, body) = collector.next("TraceService/Export");
    let spans = ExportTraceServiceRequest::decode(body).expect("spans");
    let count: usize = spans.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|scope| scope.spans.len()).sum();
    assert_eq!(count, 3);
}

#[test]
fn what_may_pass_is_tried_again_and_what_may_not_is_not() {
    let collector = Grpc::start(&[UNAVAILABLE]);
    let telemetry = start(&collector.url, Duration::from_secs(3600));
    lease(&telemetry, 1);
    let left = telemetry.shutdown(LONG);
    // Of metrics the next message would tell, so there is no second try; of spans there is.
    assert!(collector.asked.load(Ordering::Relaxed) >= 2, "{left:?}");
    assert!(left.as_ref().err().is_none_or(|left| left.spans == 0), "{left:?}");

    let collector = Grpc::start(&[UNAUTHENTICATED; 2]);
    let telemetry = start(&collector.url, Duration::from_secs(3600));
    lease(&telemetry, 1);
    let left = telemetry.shutdown(LONG).expect_err("nothing is taken");
    assert!(left.metrics && left.spans == 1, "{left:?}");
    assert_eq!(collector.asked.load(Ordering::Relaxed), 2, "one try for each");
    assert!(collector.codes.lock().expect("no panic").is_empty());
}
