//! What the connector can be told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How connections are made over TCP and Unix sockets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TcpOptions {
    /// How long a connection may take to make: name, socket and TLS handshake together. A name
    /// with several addresses shares it out among them. The pool's `dial.timeout` holds besides.
    /// Default `never`: only the pool's.
    pub connect_timeout: HumanDuration,
    /// Whether small writes leave at once (`TCP_NODELAY`). Default true.
    pub nodelay: bool,
    /// After how long a silence the system asks whether the peer is still there (`SO_KEEPALIVE`):
    /// whole seconds, 1 s to 32767 s, or `never`. Default 60 s.
    pub keepalive: HumanDuration,
    /// What bytes mean that a peer has sent to an idle connection. Default `closed`.
    pub unread: Unread,
    /// Speak TLS. Default: no. Needs the cargo feature `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
}

impl Default for TcpOptions {
    fn default() -> TcpOptions {
        TcpOptions {
            connect_timeout: HumanDuration::NEVER,
            nodelay: true,
            keepalive: HumanDuration::from_secs(60),
            unread: Unread::Closed,
            tls: None,
        }
    }
}

/// How a socket is opened, whatever is spoken over it: the options that connectors of protocols have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SocketOptions {
    /// How long name and socket may take together. A name with several addresses shares it out among them. The pool's
    /// `dial.timeout` holds besides. Default `never`: only the pool's.
    pub connect_timeout: HumanDuration,
    /// Whether small writes leave at once (`TCP_NODELAY`). Default true.
    pub nodelay: bool,
    /// After how long a silence the system asks whether the peer is still there (`SO_KEEPALIVE`):
    /// whole seconds, 1 s to 32767 s, or `never`. Default 60 s.
    pub keepalive: HumanDuration,
}

impl Default for SocketOptions {
    fn default() -> SocketOptions {
        TcpOptions::default().socket()
    }
}

/// What bytes mean that a peer has sent to an idle connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unread {
    /// They are the rest of an answer that nobody read, or a goodbye: the connection is of no more use.
    #[default]
    Closed,
    /// They are meant for the next lease, as in a protocol whose server speaks first. A peer that
    /// sent something and then closed is not seen to have closed.
    Keep,
}

/// How TLS is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsOptions {
    /// A PEM file with the certificates of those who may vouch for the peer; the system's own are not used then.
    /// Default: those that the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<PathBuf>,
    /// The name that the peer's certificate must be for. Default: the host of the address; a Unix
    /// socket has none, so there it must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// A PEM file with the certificate chain that we show, if the peer asks for one. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with its private key. Needed where `client_certificate` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PathBuf>,
}

impl TlsOptions {
    /// TLS with peers that these certificates vouch for.
    pub fn new(roots: impl Into<PathBuf>) -> TlsOptions {
        TlsOptions { roots: Some(roots.into()), ..TlsOptions::system() }
    }

    /// TLS with peers that the system trusts.
    pub fn system() -> TlsOptions {
        TlsOptions::default()
    }

    /// The same with the name that the peer's certificate must be for.
    #[must_use]
    pub fn server_name(self, name: impl Into<String>) -> TlsOptions {
        TlsOptions { server_name: Some(name.into()), ..self }
    }

    /// The same with a certificate and its key to show to the peer.
    #[must_use]
    pub fn client(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> TlsOptions {
        TlsOptions { client_certificate: Some(certificate.into()), client_key: Some(key.into()), ..self }
    }

    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> TlsOptions {
        let from_base = |path: PathBuf| base.join(path);
        TlsOptions {
            roots: self.roots.map(from_base),
            client_certificate: self.client_certificate.map(from_base),
            client_key: self.client_key.map(from_base),
            ..self
        }
    }
}

impl TcpOptions {
    pub(crate) fn socket(&self) -> SocketOptions {
        SocketOptions { connect_timeout: self.connect_timeout, nodelay: self.nodelay, keepalive: self.keepalive }
    }
}

impl SocketOptions {
    /// The silence before the first keepalive probe; `None` for no probes.
    ///
    /// # Errors
    /// If the system cannot count that: less than a second, more than Linux's 32767.
    pub(crate) fn keepalive(&self) -> Result<Option<Duration>, OptionError> {
        if self.keepalive.is_never() {
            return Ok(None);
        }
        if (1..=MOST_KEEPALIVE_SECS).contains(&self.keepalive.as_secs()) && self.keepalive.subsec_nanos() == 0 {
            return Ok(Some(self.keepalive.get()));
        }
        let message = format!(
            "{} cannot be a keepalive time: whole seconds from \"1s\" to \"{MOST_KEEPALIVE_SECS}s\", or \"never\"",
            self.keepalive
        );
        Err(OptionError::new("keepalive", message))
    }

    pub(crate) fn check_timeout(&self) -> Result<(), OptionError> {
        if !self.connect_timeout.is_zero() {
            return Ok(());
        }
        let message = "a connection that may take no time cannot be made; for example \"1s\", or \"never\"";
        Err(OptionError::new("connect_timeout", message))
    }
}

/// `MAX_TCP_KEEPIDLE` of Linux, the lowest of the systems we know.
const MOST_KEEPALIVE_SECS: u64 = 32767;
