//! TLS through rustls.

mod files;
mod system;

use std::io;
use std::sync::Arc;

use pool_core::OptionError;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{AlertDescription, ClientConfig, ClientConnection, Error};

use crate::address::Address;
use crate::connection::Stream;
use crate::glance::Glance;
use crate::{TcpConnection, TcpError, TlsOptions};

/// How TLS is spoken, with every file read.
#[derive(Debug, Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    name: Option<ServerName<'static>>,
}

impl Tls {
    /// TLS with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If a file cannot be read or is of no use, or TLS is not built in; the path names the key, below `tls`.
    pub fn new(options: TlsOptions) -> Result<Tls, OptionError> {
        let roots = match &options.roots {
            Some(file) => files::roots(file)?,
            None => system::roots()?,
        };
        let wanted = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| OptionError::new("tls", error.to_string()))?
            .with_root_certificates(roots);
        let config = match (&options.client_certificate, &options.client_key) {
            (None, None) => wanted.with_no_client_auth(),
            (Some(certificate), Some(key)) => {
                let chain = files::certificates("tls.client_certificate", certificate)?;
                wanted
                    .with_client_auth_cert(chain, files::key("tls.client_key", key)?)
                    .map_err(|error| files::useless("tls.client_certificate", certificate, error))?
            }
            (Some(_), None) => return Err(OptionError::new("tls.client_key", "the client certificate needs its key")),
            (None, Some(_)) => {
                return Err(OptionError::new("tls.client_certificate", "the client key needs its certificate"));
            }
        };
        let name = options.server_name.map(|name| parse_name(&name)).transpose();
        let name = name.map_err(|why| OptionError::new("tls.server_name", why))?;
        Ok(Tls { config: Arc::new(config), name })
    }

    /// The same, offering these protocols in this order (ALPN, RFC 7301): `h2`, `http/1.1`.
    #[must_use]
    pub fn offering(self, protocols: &[&str]) -> Tls {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Tls { config: Arc::new(config), ..self }
    }

    /// Speaks TLS from now on over a connection to `host:port`: one straight from its dial, or one on which the peer
    /// has agreed to it (PostgreSQL's `SSLRequest`, a tunnel through a proxy). There is no deadline here.
    ///
    /// # Errors
    /// If the handshake fails, or no certificate can be for the host.
    pub async fn wrap(&self, address: &str, connection: TcpConnection) -> Result<TcpConnection, TcpError> {
        self.greet(&Address::parse(address)?, connection).await
    }

    pub(crate) async fn greet(&self, address: &Address, connection: TcpConnection) -> Result<TcpConnection, TcpError> {
        let name = self.name_for(address)?;
        let peer = connection.shared_peer();
        let handshake = TlsConnector::from(Arc::clone(&self.config)).connect(name, connection);
        let stream = handshake.await.map_err(|source| TcpError::Handshake {
            address: address.to_string(),
            certificate: is_about_certificate(&source),
            source,
        })?;
        Ok(TcpConnection::new(Stream::Tls(Box::new(stream)), peer))
    }

    fn name_for(&self, address: &Address) -> Result<ServerName<'static>, TcpError> {
        let found = match (&self.name, address.host()) {
            (Some(name), _) => Ok(name.clone()),
            (None, Some(host)) => parse_name(host),
            (None, None) => Err("a Unix socket has no host name: set `tls.server_name`".into()),
        };
        found.map_err(|why| TcpError::Address { address: address.to_string(), why })
    }
}

fn parse_name(name: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(name.to_owned()).map_err(|_| format!("no certificate can be for the name `{name}`"))
}

/// Whether a handshake failed over something that stays so until somebody changes it: a certificate
/// of ours or theirs.
fn is_about_certificate(error: &io::Error) -> bool {
    use AlertDescription as Alert;
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Error::InvalidCertificate(_) | Error::NoCertificatesPresented | Error::UnsupportedNameType) => true,
        Some(Error::AlertReceived(alert)) => matches!(
            alert,
            Alert::NoCertificate
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::AccessDenied
                | Alert::CertificateRequired
        ),
        _ => false,
    }
}

/// Looks at a TLS stream. What has come is decrypted here, for only that tells a session ticket,
/// which a server sends when it likes, from data; data stays where the next read finds it.
pub(crate) fn glance(stream: &mut TlsStream<TcpConnection>) -> Glance {
    let (carrier, tls) = stream.get_mut();
    for _ in 0..MOST_RECORDS {
        if let Some(seen) = decrypted(tls) {
            return seen;
        }
        // TLS within TLS: what has come is not to be had without a task of its own.
        let Some(socket) = carrier.plain() else { return carrier.glance() };
        match tls.read_tls(&mut &*socket.raw()) {
            // The end of the socket, or of TLS: after a goodbye nothing more is read.
            Ok(0) => return Glance::Gone,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Glance::Silent,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Glance::Gone,
        }
    }
    Glance::Unread
}

fn decrypted(tls: &mut ClientConnection) -> Option<Glance> {
    match tls.process_new_packets() {
        Err(_) => Some(Glance::Gone),
        Ok(state) if state.plaintext_bytes_to_read() > 0 => Some(Glance::Unread),
        Ok(_) => None,
    }
}

/// A peer that has so much to say without ever sending data is not silent.
const MOST_RECORDS: usize = 16;
