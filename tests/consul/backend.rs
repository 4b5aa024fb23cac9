//! An instance: a gRPC server that counts its calls.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::codegen::BoxStream;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// A gRPC server in this process.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    calls: Arc<AtomicU64>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Backend {
    pub(crate) async fn start() -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let calls = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = oneshot::channel();
        let serving = Server::builder()
            .add_service(HealthServer::new(Counting(Arc::clone(&calls))))
            .serve_with_incoming_shutdown(TcpIncoming::from(listener), async {
                let _ = stopped.await;
            });
        let task = tokio::spawn(async { serving.await.expect("it serves") });
        Backend { address, calls, stop, task }
    }

    /// How many calls it has served.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Says goodbye to all connections, and ends with the last call.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.task.await.expect("it ends in peace");
    }
}

/// The health service: the call that every gRPC server has.
struct Counting(Arc<AtomicU64>);

#[tonic::async_trait]
impl Health for Counting {
    type WatchStream = BoxStream<HealthCheckResponse>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Response::new(HealthCheckResponse { status: 1 }))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("nobody watches here"))
    }
}
