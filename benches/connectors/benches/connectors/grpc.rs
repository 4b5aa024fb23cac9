//! gRPC: our channel, and tonic's over several endpoints.

use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use clearpool_connector_benches::clock::Moment;
use clearpool_connector_benches::load::{Client, Took};
use clearpool_connector_benches::workload::{Role, Subject, Target};
use pool_connector_grpc::{Connectivity, GrpcChannel, GrpcOptions, GrpcPool};
use pool_core::Endpoint;
use tonic::codegen::BoxStream;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint as TonicEndpoint, Server};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::measured::{Measured, options};
use crate::slow::DELAY;

/// So many calls on a connection at once, where there is a slow one.
const FEW: usize = 8;

pub(crate) fn measure(measured: &mut Measured) {
    let names = ["grpc-1", "grpc-16", "grpc-64", "grpc-slow"].map(str::to_owned);
    if !measured.wants(&names) {
        return;
    }
    let [one, all, crowd, slow] = names;
    let servers = [(); 3].map(|()| serve(Duration::ZERO));
    for (name, callers) in [(one, 1), (all, 16), (crowd, 64)] {
        let about = format!("{callers} at a time make unary calls, to three endpoints with a connection to each.");
        let subjects = vec![
            Subject::new("clearpool", Role::Ours, move || ours(servers, None)),
            Subject::new("tonic balance_list", Role::Peer, move || tonics(servers, None)),
        ];
        measured.run(name, about, callers, Target::Level, subjects);
    }

    let servers = [servers[0], servers[1], serve(DELAY)];
    let about = format!(
        "64 at a time make unary calls, to three endpoints with a connection to each; one answers {DELAY:?} later. With \
         {FEW} calls on each connection at once, and tonic besides as it comes, without a limit."
    );
    let subjects = vec![
        Subject::new("clearpool", Role::Ours, move || ours(servers, Some(FEW))),
        Subject::new("tonic balance_list", Role::Peer, move || tonics(servers, None)),
        Subject::new("tonic balance_list, limited", Role::Peer, move || tonics(servers, Some(FEW))),
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
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            let service = HealthServer::new(Answering { delay });
            Server::builder().add_service(service).serve_with_incoming(incoming).await.expect("it serves");
        });
    });
    address
}

struct Answering {
    delay: Duration,
}

#[tonic::async_trait]
impl Health for Answering {
    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        Ok(Response::new(HealthCheckResponse { status: 1 }))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

/// Our channel.
#[derive(Clone)]
struct Ours(HealthClient<GrpcChannel>);

async fn ours(servers: [SocketAddr; 3], limit: Option<usize>) -> Ours {
    let mut grpc = GrpcOptions::default();
    grpc.max_streams = limit.and_then(|most| u32::try_from(most).ok());
    let mut options = options(servers.len());
    options.limits.max_open_per_endpoint = Some(1);
    let endpoints = servers.map(|server| Endpoint::new(server.to_string()));
    let builder = GrpcPool::builder(grpc).expect("sound").endpoints(endpoints).options(options);
    let pool: GrpcPool = builder.build().expect("sound").into();
    pool.pool().warm(3).await.expect("all answer");
    assert!(pool.states().iter().all(|state| state.connectivity == Connectivity::Ready));
    Ours(HealthClient::new(pool.channel()))
}

impl Client for Ours {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        // A client is cloned for each call, as tonic's documentation says.
        self.0.clone().check(HealthCheckRequest::default()).await.expect("the server answers");
        Took { wait: None, call: asked.elapsed() }
    }
}

#[derive(Clone)]
struct Tonics(HealthClient<Channel>);

async fn tonics(servers: [SocketAddr; 3], limit: Option<usize>) -> Tonics {
    let endpoint = |server: SocketAddr| {
        let endpoint = TonicEndpoint::from_shared(format!("http://{server}")).expect("a URI");
        match limit {
            Some(limit) => endpoint.concurrency_limit(limit),
            None => endpoint,
        }
    };
    Tonics(HealthClient::new(Channel::balance_list(servers.map(endpoint).into_iter())))
}

impl Client for Tonics {
    async fn call(&self, _: usize) -> Took {
        let asked = Moment::now();
        self.0.clone().check(HealthCheckRequest::default()).await.expect("the server answers");
        Took { wait: None, call: asked.elapsed() }
    }
}
