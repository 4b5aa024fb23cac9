//! How a connection is made, looked at and closed.

use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use http::uri::Authority;
use http::{HeaderName, HeaderValue};
use pool_connector_tcp::{Dialer, TcpConnection, TcpError, Tls, TlsOptions};
use pool_core::{Capacity, CloseReason, ConnectCx, Connector, ErrorClass, OptionError, Protocol};

use crate::call_options::parse_header;
use crate::driver::{self, Setup};
use crate::link::Link;
use crate::target::Target;
use crate::{GrpcConnection, GrpcError, GrpcOptions, health};

/// Makes HTTP/2 connections to gRPC servers, each shared by as many calls as its server takes.
pub struct GrpcConnector {
    options: GrpcOptions,
    dialer: Dialer,
    tls: Option<Tls>,
    /// TLS as the system has it, for `https://…`, read when it is needed first.
    system_tls: OnceLock<Result<Tls, OptionError>>,
    setup: Setup,
    authority: Option<Authority>,
    user_agent: HeaderValue,
    key_header: Option<HeaderName>,
}

impl GrpcConnector {
    /// A connector with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in.
    /// The path names the key.
    pub fn new(options: GrpcOptions) -> Result<GrpcConnector, OptionError> {
        options.check()?;
        let dialer = Dialer::new(options.socket.clone()).map_err(|error| error.below("socket"))?;
        let tls = options.tls.clone().map(Tls::new).transpose()?.map(over_http2);
        let authority = options.authority.as_deref().map(parse_authority).transpose()?;
        let user_agent = user_agent(options.user_agent.as_deref())?;
        let key_header = options.key_header.as_deref().map(parse_header).transpose()?;
        let setup = Setup { keep_alive: options.keep_alive.clone(), adaptive_window: options.adaptive_window };
        let system_tls = OnceLock::new();
        Ok(GrpcConnector { options, dialer, tls, system_tls, setup, authority, user_agent, key_header })
    }

    /// The options that it was made with.
    pub fn options(&self) -> &GrpcOptions {
        &self.options
    }

    /// Whether an address has one of the forms that are understood here; nothing is looked up.
    ///
    /// # Errors
    /// If it has not; the message says what is wrong with it.
    pub fn check_address(options: &GrpcOptions, address: &str) -> Result<(), GrpcError> {
        let target = Target::parse(address, options.tls.is_some())?;
        if target.tls && !cfg!(feature = "tls") {
            let why = "TLS is not built in; turn on the cargo feature `tls` of clearpool, or of pool-connector-grpc";
            return Err(GrpcError::Tls { address: address.to_owned(), why: why.to_owned() });
        }
        Ok(())
    }

    pub(crate) fn user_agent(&self) -> &HeaderValue {
        &self.user_agent
    }

    pub(crate) fn key_header(&self) -> Option<&HeaderName> {
        self.key_header.as_ref()
    }

    async fn open(&self, target: &Target, cx: &ConnectCx<'_>) -> Result<TcpConnection, GrpcError> {
        let connection = self.dialer.dial(&target.dial, cx.timeout).await?;
        if !target.tls {
            return Ok(connection);
        }
        let address = || cx.endpoint.name().to_owned();
        let tls = self.tls().map_err(|error| GrpcError::Tls { address: address(), why: error.message })?;
        match tls.wrap(&target.dial, connection).await {
            Ok(connection) if connection.agreed() == Some(b"h2") => Ok(connection),
            Ok(_) => Err(GrpcError::NotHttp2 { address: address() }),
            Err(TcpError::Handshake { source, .. }) if is_about_protocols(&source) => {
                Err(GrpcError::NotHttp2 { address: address() })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn tls(&self) -> Result<&Tls, OptionError> {
        match &self.tls {
            Some(tls) => Ok(tls),
            None => {
                let system = self.system_tls.get_or_init(|| Tls::new(TlsOptions::system()).map(over_http2));
                system.as_ref().map_err(Clone::clone)
            }
        }
    }

    async fn greet(&self, target: Target, tcp: TcpConnection, cx: &ConnectCx<'_>) -> Result<GrpcConnection, GrpcError> {
        let name = cx.endpoint.name();
        let link = Arc::new(Link::new(cx.handle.clone(), self.options.max_streams));
        let (sender, driver) = match driver::begin(&self.setup, tcp, Arc::clone(&link)).await {
            Ok(begun) => begun,
            Err(Some(source)) => return Err(GrpcError::Handshake { address: name.to_owned(), source }),
            Err(None) => return Err(GrpcError::Closed { address: name.to_owned(), why: link.why() }),
        };
        let connection = GrpcConnection::new(sender, driver, link, target, name);
        let Some(options) = &self.options.health else { return Ok(connection) };
        health::check(&connection, options).await?;
        if options.watch && connection.link().reserve() {
            let watch = health::watch(&connection, options);
            return Ok(connection.watched(watch));
        }
        Ok(connection)
    }
}

/// Whether a server broke off since it does not offer HTTP/2 (RFC 7301): only the words of rustls tell.
fn is_about_protocols(error: &io::Error) -> bool {
    error.to_string().contains("NoApplicationProtocol")
}

fn over_http2(tls: Tls) -> Tls {
    tls.offering(&["h2"])
}

pub(crate) fn parse_authority(text: &str) -> Result<Authority, OptionError> {
    if text.contains('@') {
        return Err(OptionError::new("authority", "there is no place for a user in it; for example \"orders:7001\""));
    }
    let why = |error| OptionError::new("authority", format!("`{text}` is none: {error}; for example \"orders:7001\""));
    text.parse().map_err(why)
}

/// What is at the front, and the name of this crate.
pub(crate) fn user_agent(front: Option<&str>) -> Result<HeaderValue, OptionError> {
    let own = concat!("clearpool-grpc/", env!("CARGO_PKG_VERSION"));
    let whole = front.map_or_else(|| own.to_owned(), |front| format!("{front} {own}"));
    let why = |_| OptionError::new("user_agent", "it has signs that no header can have: printable ASCII is allowed");
    HeaderValue::from_str(&whole).map_err(why)
}

impl Default for GrpcConnector {
    /// The connector of the default options.
    fn default() -> GrpcConnector {
        GrpcConnector::new(GrpcOptions::default()).expect("the default options make sense")
    }
}

impl Connector for GrpcConnector {
    type Connection = GrpcConnection;
    type Error = GrpcError;

    /// Opens a socket, greets by TLS if wanted and by HTTP/2, and asks for health if wanted.
    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<GrpcConnection, GrpcError> {
        let mut target = Target::parse(&cx.endpoint.address, self.tls.is_some())?;
        if let Some(authority) = &self.authority {
            target.authority = authority.clone();
        }
        let tcp = self.open(&target, cx).await?;
        self.greet(target, tcp, cx).await
    }

    /// Whether it is ready: its server has not said goodbye, nor that it is not serving, and it is not lost.
    fn is_open(&self, connection: &mut GrpcConnection) -> bool {
        connection.is_ready()
    }

    /// Asks for health if wanted; else for any answer.
    async fn check(&self, connection: &mut GrpcConnection) -> Result<(), GrpcError> {
        if !connection.is_ready() {
            let (address, why) = (connection.endpoint().to_owned(), connection.link().why());
            return Err(GrpcError::Closed { address, why });
        }
        match &self.options.health {
            Some(options) => health::check(connection, options).await,
            None => health::ping(connection).await,
        }
    }

    /// Says goodbye, and waits until what still runs on it has ended.
    async fn close(&self, connection: GrpcConnection, _why: CloseReason) {
        connection.close().await;
    }

    fn capacity(&self, connection: &GrpcConnection) -> Capacity {
        Capacity::Shared(connection.link().limit())
    }

    fn share(&self, connection: &GrpcConnection) -> Option<GrpcConnection> {
        Some(connection.clone())
    }

    fn protocol(&self) -> Protocol {
        Protocol::named("http").rpc("grpc")
    }

    fn classify(&self, error: &GrpcError) -> ErrorClass {
        error.class()
    }
}

impl fmt::Debug for GrpcConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcConnector").field("options", &self.options).finish_non_exhaustive()
    }
}
