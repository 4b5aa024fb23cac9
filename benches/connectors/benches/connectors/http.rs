//! HTTP/1.1: our client, reqwest, and the client of hyper-util that it stands on.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use clearpool_connector_benches::clock::Moment;
use clearpool_connector_benches::load::{Client, Took};
use clearpool_connector_benches::workload::{Role, Subject, Target};
use http::{Response, Uri};
use http_body_util::{BodyExt, Empty, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client as Legacy;
use hyper_util::client::legacy::connect::HttpConnector as LegacyConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use pool_connector_http::{HttpConnector, HttpPool};
use pool_core::Endpoint;
use pool_tokio::Pool;

use crate::measured::{Measured, options};
use crate::slow::{DELAY, InTurn};

/// More than there are callers: the others have no limit.
const CONNECTIONS: usize = 64;
const FEW: usize = 8;
const BODY: &[u8] = &[b'b'; 256];

pub(crate) fn measure(measured: &mut Measured) {
    let names = ["http-1", "http-16", "http-64", "http-slow"].map(str::to_owned);
    if !measured.wants(&names) {
        return;
    }
    let [one, all, crowd, slow] = names;
    let server = serve(Duration::ZERO);
    for (name, callers) in [(one, 1), (all, 16), (crowd, 64)] {
        let about = format!("{callers} at a time GET 256 bytes over HTTP/1.1, with as many connections as they need.");
        let subjects = vec![
            Subject::new("clearpool", Role::Ours, move || ours(vec![server], CONNECTIONS, None)),
            Subject::new("reqwest", Role::Peer, move || async move { Reqwest::to(server) }),
            Subject::new("hyper-util", Role::Peer, move || async move { HyperUtil::to(server) }),
        ];
        measured.run(name, about, callers, Target::Level, subjects);
    }

    let servers = [server, serve(Duration::ZERO), serve(DELAY)];
    let about = format!(
        "64 at a time GET 256 bytes from three servers, one of which answers {DELAY:?} later. Our pool has {FEW} \
         connections to each and gives each caller what is free; the others have no limit and no balancing, so callers \
         go through the servers in turn."
    );
    let subjects = vec![
        Subject::new("clearpool", Role::Ours, move || ours(servers.to_vec(), 3 * FEW, Some(FEW))),
        Subject::new("reqwest, in turn", Role::Peer, move || async move { InTurn(servers.map(Reqwest::to).into()) }),
        Subject::new(
            "hyper-util, in turn",
            Role::Peer,
            move || async move { InTurn(servers.map(HyperUtil::to).into()) },
        ),
    ];
    measured.run(slow, about, 64, Target::Balancing, subjects);
}

/// A server on a thread of its own.
fn serve(delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    listener.set_nonblocking(true).expect("a socket");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(accept(listener, delay));
    });
    address
}

async fn accept(listener: TcpListener, delay: Duration) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let answer = service_fn(move |_| async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(BODY))))
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// Our client.
#[derive(Clone)]
struct Ours(HttpPool);

async fn ours(servers: Vec<SocketAddr>, connections: usize, per_endpoint: Option<usize>) -> Ours {
    let mut options = options(connections);
    options.limits.max_open_per_endpoint = per_endpoint.and_then(|most| u32::try_from(most).ok());
    let endpoints = servers.iter().map(|server| Endpoint::new(format!("http://{server}")));
    let pool = Pool::builder(HttpConnector::default()).endpoints(endpoints).options(options).build().expect("sound");
    Ours(HttpPool::new(pool))
}

impl Client for Ours {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let response = self.0.get("/").await.expect("the server answers");
        let body = response.into_body().collect().await.expect("to its end").to_bytes();
        assert_eq!(body.len(), BODY.len());
        Took { wait: None, call: asked.elapsed() }
    }
}

#[derive(Clone)]
struct Reqwest {
    client: reqwest::Client,
    url: reqwest::Url,
}

impl Reqwest {
    fn to(server: SocketAddr) -> Reqwest {
        let client = reqwest::Client::builder().no_proxy().build().expect("sound");
        Reqwest { client, url: format!("http://{server}/").parse().expect("a URL") }
    }
}

impl Client for Reqwest {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let response = self.client.get(self.url.clone()).send().await.expect("the server answers");
        let body = response.bytes().await.expect("to its end");
        assert_eq!(body.len(), BODY.len());
        Took { wait: None, call: asked.elapsed() }
    }
}

#[derive(Clone)]
struct HyperUtil {
    client: Legacy<LegacyConnector, Empty<Bytes>>,
    uri: Uri,
}

impl HyperUtil {
    fn to(server: SocketAddr) -> HyperUtil {
        let mut connector = LegacyConnector::new();
        connector.set_nodelay(true);
        let client = Legacy::builder(TokioExecutor::new()).build(connector);
        HyperUtil { client, uri: format!("http://{server}/").parse().expect("a URI") }
    }
}

impl Client for HyperUtil {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        let response = self.client.get(self.uri.clone()).await.expect("the server answers");
        let body = response.into_body().collect().await.expect("to its end").to_bytes();
        assert_eq!(body.len(), BODY.len());
        Took { wait: None, call: asked.elapsed() }
    }
}
