//! An authority that vouches for servers and clients of a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion, version};

pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    place: TempDir,
}

impl Authority {
    pub(super) fn new() -> Authority {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a certificate");
        let place = tempfile::tempdir().expect("a directory");
        fs::write(place.path().join("roots.pem"), issuer.pem()).expect("a file");
        Authority { issuer, place }
    }

    /// The file that its clients trust.
    pub(super) fn roots(&self) -> PathBuf {
        self.place.path().join("roots.pem")
    }

    /// Where its files are.
    pub(super) fn place(&self) -> &Path {
        self.place.path()
    }

    /// The files of a client's certificate and key.
    pub(super) fn client(&self) -> (PathBuf, PathBuf) {
        let key = new_key();
        let certificate = params().signed_by(&key, &self.issuer).expect("a certificate");
        let (certificate_file, key_file) = (self.place.path().join("me.pem"), self.place.path().join("me.key"));
        fs::write(&certificate_file, certificate.pem()).expect("a file");
        fs::write(&key_file, key.serialize_pem()).expect("a file");
        (certificate_file, key_file)
    }

    /// What a server of `localhost` and `127.0.0.1` offers.
    pub(super) fn terms(&self) -> Terms<'_> {
        Terms { authority: self, version: &version::TLS13, expired: false, asks_clients: false, tickets: 2 }
    }
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
        let key = new_key();
        let mut params = params();
        if self.expired {
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.authority.issuer).expect("a certificate");
        let chain = vec![CertificateDer::from(certificate)];
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");

        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[self.version])
            .expect("a version that ring has");
        let builder = if self.asks_clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.authority.issuer.der().clone()).expect("a certificate");
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

fn params() -> CertificateParams {
    CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("good names")
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}
