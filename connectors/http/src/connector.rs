//! How a connection is made, looked at, checked and closed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderName;
use http::uri::Authority;
use pool_connector_tcp::{Dialer, Tls, TlsOptions};
use pool_core::{Capacity, CloseReason, ConnectCx, Connector, Endpoint, ErrorClass, OptionError, Protocol};

use crate::key::parse_header;
use crate::no_proxy::NoProxy;
use crate::origin::Origin;
use crate::origins::Origins;
use crate::proxy::Proxy;
use crate::{ConnectError, HttpConnection, HttpOptions, HttpVersion, dial};

/// Makes connections of HTTP/1.1, which one request has to itself, and of HTTP/2, which several share.
#[derive(Debug)]
pub struct HttpConnector {
    settings: Arc<Settings>,
    /// Who is in its pool, where endpoints come with the requests: known here, so that all clients of a pool agree.
    origins: Arc<Origins>,
}

/// The options, and what follows from them.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) options: HttpOptions,
    pub(crate) dialer: Dialer,
    pub(crate) host: Option<Authority>,
    pub(crate) key_header: Option<HeaderName>,
    pub(crate) proxy: Option<Proxy>,
    no_proxy: NoProxy,
    /// Made when it is needed first, where the options do not speak of it.
    tls: OnceLock<Result<Offers, OptionError>>,
    proxy_tls: OnceLock<Result<Tls, OptionError>>,
}

/// TLS with what is offered in it.
#[derive(Debug)]
struct Offers {
    both: Tls,
    http1: Tls,
}

impl HttpConnector {
    /// A connector with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in. The path names the
    /// key.
    pub fn new(options: HttpOptions) -> Result<HttpConnector, OptionError> {
        Ok(HttpConnector::of(Arc::new(Settings::new(options)?)))
    }

    /// Whether an address is an origin that connections can be made to with these options; nothing is looked up.
    ///
    /// # Errors
    /// If it is not; the message says what is wrong with it.
    pub fn check_address(options: &HttpOptions, address: &str) -> Result<(), OptionError> {
        let shown = Endpoint::new(address);
        let wrong = |why| OptionError::new("address", format!("bad address `{}`: {why}", shown.public_address()));
        let origin = Origin::parse(address, options.tls.is_some()).map_err(wrong)?;
        if origin.is_secure() && options.tls.is_none() {
            // Once for all endpoints: the certificates of the system are read for it.
            static SYSTEM: OnceLock<Option<String>> = OnceLock::new();
            let missing = SYSTEM.get_or_init(|| Tls::new(TlsOptions::system()).err().map(|error| error.message));
            missing.as_ref().map_or(Ok(()), |why| Err(OptionError::new("address", why)))?;
        }
        Ok(())
    }

    fn of(settings: Arc<Settings>) -> HttpConnector {
        let origins = Arc::new(Origins::new(&settings.options.origins));
        HttpConnector { settings, origins }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn origins(&self) -> &Arc<Origins> {
        &self.origins
    }
}

/// For another pool.
impl Clone for HttpConnector {
    fn clone(&self) -> HttpConnector {
        HttpConnector::of(Arc::clone(&self.settings))
    }
}

impl Default for HttpConnector {
    /// The connector of the default options.
    fn default() -> HttpConnector {
        HttpConnector::new(HttpOptions::default()).expect("the default options make sense")
    }
}

impl Settings {
    pub(crate) fn new(options: HttpOptions) -> Result<Settings, OptionError> {
        options.check()?;
        let dialer = Dialer::new(options.socket.clone()).map_err(|error| error.below("socket"))?;
        let tls = OnceLock::new();
        if let Some(wanted) = &options.tls {
            let _ = tls.set(Ok(Offers::new(wanted.clone())?));
        }
        Ok(Settings {
            dialer,
            host: options.host()?,
            key_header: options.key_header.as_deref().map(parse_header).transpose()?,
            proxy: options.proxy.as_ref().map(Proxy::new).transpose()?,
            no_proxy: NoProxy::parse(&options.no_proxy)?,
            tls,
            proxy_tls: OnceLock::new(),
            options,
        })
    }

    pub(crate) fn origin(&self, address: &str) -> Result<Origin, &'static str> {
        Origin::parse(address, self.options.tls.is_some())
    }

    /// The proxy through which connections to this origin go.
    pub(crate) fn proxy_for(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| !self.no_proxy.covers(origin))
    }

    /// TLS with servers, offering what is wanted.
    pub(crate) fn tls(&self, version: HttpVersion) -> Result<&Tls, String> {
        let offers = self.tls.get_or_init(|| Offers::new(TlsOptions::system()));
        let offers = offers.as_ref().map_err(|error| error.message.clone())?;
        Ok(match version {
            // Where only HTTP/2 will do, both are offered all the same: so it is seen what the server would speak.
            HttpVersion::Auto | HttpVersion::Http2 => &offers.both,
            HttpVersion::Http1 => &offers.http1,
        })
    }

    /// TLS with the proxy itself: who vouches for servers vouches for it, but it has its own name, and we show it no
    /// certificate.
    pub(crate) fn proxy_tls(&self) -> Result<&Tls, String> {
        let made = self.proxy_tls.get_or_init(|| {
            let roots = self.options.tls.as_ref().and_then(|tls| tls.roots.clone());
            Tls::new(roots.map_or_else(TlsOptions::system, TlsOptions::new))
        });
        made.as_ref().map_err(|error| error.message.clone())
    }
}

impl Offers {
    fn new(options: TlsOptions) -> Result<Offers, OptionError> {
        let tls = Tls::new(options)?;
        Ok(Offers { both: tls.clone().offering(&["h2", "http/1.1"]), http1: tls.offering(&["http/1.1"]) })
    }
}

impl Connector for HttpConnector {
    type Connection = HttpConnection;
    type Error = ConnectError;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<HttpConnection, ConnectError> {
        dial::dial(&self.settings, cx).await
    }

    fn is_open(&self, connection: &mut HttpConnection) -> bool {
        connection.is_open()
    }

    /// A `HEAD` request where the options name a path for it; else a look.
    async fn check(&self, connection: &mut HttpConnection) -> Result<(), ConnectError> {
        connection.check(self.settings.options.check_path.as_deref()).await
    }

    /// Whether a connection of HTTP/1.1 has not done with its last request: hyper gets there a moment after the
    /// response has been read, if the request was sent to its end.
    fn needs_reset(&self, connection: &mut HttpConnection) -> bool {
        connection.is_busy()
    }

    /// Waits for that, for as long as net/http does.
    async fn reset(&self, connection: &mut HttpConnection) -> Result<(), ConnectError> {
        connection.until_ready(GRACE).await
    }

    /// Says goodbye in TLS and HTTP/2. What is in the middle of something is cut off.
    async fn close(&self, connection: HttpConnection, _why: CloseReason) {
        connection.close().await;
    }

    fn capacity(&self, connection: &HttpConnection) -> Capacity {
        connection.capacity()
    }

    fn share(&self, connection: &HttpConnection) -> Option<HttpConnection> {
        connection.share()
    }

    fn protocol(&self) -> Protocol {
        Protocol::named("http")
    }

    fn classify(&self, error: &ConnectError) -> ErrorClass {
        error.class()
    }
}

/// Go's `maxWriteWaitBeforeConnReuse`.
const GRACE: Duration = Duration::from_millis(50);
