//! A gRPC server in this process: tonic's, with a health service and reflection.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tonic::transport::server::{Server as Tonic, TcpIncoming};
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

use crate::echo::Echo;

/// A server at work; it is stopped with this.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) echo: Echo,
    gate: watch::Sender<bool>,
    health: HealthReporter,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(name: &str) -> Server {
        Server::start_as(name, |tonic| tonic).await
    }

    pub(crate) async fn start_as(name: &str, set_up: impl FnOnce(Tonic) -> Tonic) -> Server {
        Server::start_at("127.0.0.1:0".parse().expect("an address"), name, set_up).await
    }

    pub(crate) async fn start_at(address: SocketAddr, name: &str, set_up: impl FnOnce(Tonic) -> Tonic) -> Server {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (gate, opened) = watch::channel(false);
        let echo = Echo::new(name, opened);
        let (reporter, health) = health_reporter();
        let (stop, stopped) = oneshot::channel::<()>();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .expect("good descriptors");
        let serving = set_up(Tonic::builder()).add_service(echo.clone()).add_service(health).add_service(reflection);
        let serving = serving.serve_with_incoming_shutdown(TcpIncoming::from(listener), async {
            let _ = stopped.await;
        });
        let task = tokio::spawn(async { serving.await.expect("it serves") });
        Server { address, echo, gate, health: reporter, stop: Some(stop), task }
    }

    /// Lets all go on that wait at the gate.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    pub(crate) async fn report(&self, service: &str, status: ServingStatus) {
        self.health.set_service_status(service, status).await;
    }

    /// Says goodbye to all connections; gives what ends when the last call has.
    pub(crate) fn say_goodbye(mut self) -> Leaving {
        drop(self.stop.take());
        Leaving { task: self.task, gate: self.gate, echo: self.echo }
    }
}

/// A server that has said goodbye.
pub(crate) struct Leaving {
    task: JoinHandle<()>,
    gate: watch::Sender<bool>,
    pub(crate) echo: Echo,
}

impl Leaving {
    /// Lets all go on that wait at the gate.
    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }

    pub(crate) async fn gone(self) {
        self.task.await.expect("it ends in peace");
    }
}

/// A server over TLS that offers these protocols, and speaks none of them.
#[cfg(feature = "tls")]
pub(crate) async fn over_tls(papers: &clearpool_servers::Papers, offers: &[&str]) -> SocketAddr {
    use std::sync::Arc;

    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::crypto::ring::default_provider;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let chain = CertificateDer::pem_file_iter(&papers.certificate).expect("a file");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("good certificates");
    let key = PrivateKeyDer::from_pem_file(&papers.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("good versions").with_no_client_auth();
    let mut config = config.with_single_cert(chain, key).expect("good papers");
    config.alpn_protocols = offers.iter().map(|offer| offer.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}
