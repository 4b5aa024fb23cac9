//! What servers of a test offer in TLS.

use std::sync::Arc;

use clearpool_servers::Authority;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

/// What a server of `localhost` and `127.0.0.1` offers.
pub(super) fn terms(authority: &Authority) -> Terms<'_> {
    Terms { authority, version: &version::TLS13, expired: false, asks_clients: false, tickets: 2 }
}

/// What a server offers.
pub(super) struct Terms<'a> {
    authority: &'a Authority,
    version: &'static SupportedProtocolVersion,
    expired: bool,
    asks_clients: bool,
    tickets: usize,
}

impl Terms<'_> {
    pub(super) fn version(self, version: &'static SupportedProtocolVersion) -> Self {
        Terms { version, ..self }
    }

    pub(super) fn expired(self) -> Self {
        Terms { expired: true, ..self }
    }

    pub(super) fn asks_clients(self) -> Self {
        Terms { asks_clients: true, ..self }
    }

    /// So many session tickets, sent right after the handshake.
    pub(super) fn tickets(self, tickets: usize) -> Self {
        Terms { tickets, ..self }
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let papers = if self.expired { self.authority.expired() } else { self.authority.server() };
        let chain = vec![CertificateDer::from_pem_file(papers.certificate).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_file(papers.key).expect("a key");

        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[self.version])
            .expect("a version that ring has");
        let builder = if self.asks_clients {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_file(self.authority.roots()).expect("a certificate"))
                .expect("a certificate");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("roots"))
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(chain, key).expect("they belong together");
        config.send_tls13_tickets = self.tickets;
        TlsAcceptor::from(Arc::new(config))
    }
}
