//! How a connection is made, looked at and closed.

use pool_core::{CloseReason, ConnectCx, Connector, ErrorClass, OptionError, Protocol};
use tokio::io::AsyncWriteExt;

use crate::address::Address;
use crate::glance::Glance;
use crate::{Dialer, TcpConnection, TcpError, TcpOptions, Tls, Unread};

/// Makes connections over TCP and Unix sockets.
#[derive(Debug, Clone)]
pub struct TcpConnector {
    dialer: Dialer,
    unread: Unread,
    tls: Option<Tls>,
}

impl TcpConnector {
    /// A connector with these options; reads the files of certificates.
    ///
    /// # Errors
    /// If an option makes no sense, a file cannot be read, or TLS is asked for and not built in.
    /// The path names the key.
    pub fn new(options: TcpOptions) -> Result<TcpConnector, OptionError> {
        let dialer = Dialer::new(options.socket())?;
        let tls = options.tls.map(Tls::new).transpose()?;
        Ok(TcpConnector { dialer, unread: options.unread, tls })
    }

    /// Whether an address has one of the forms that are understood here; nothing is looked up.
    ///
    /// # Errors
    /// If it has not; the message says what is wrong with it.
    pub fn check_address(address: &str) -> Result<(), TcpError> {
        Address::parse(address).map(drop)
    }

    fn still_good(&self, glance: Glance) -> bool {
        match glance {
            Glance::Silent => true,
            Glance::Unread => self.unread == Unread::Keep,
            Glance::Gone => false,
        }
    }
}

impl Default for TcpConnector {
    /// The connector of the default options.
    fn default() -> TcpConnector {
        TcpConnector::new(TcpOptions::default()).expect("the default options make sense")
    }
}

impl Connector for TcpConnector {
    type Connection = TcpConnection;
    type Error = TcpError;

    async fn connect(&self, cx: &ConnectCx<'_>) -> Result<TcpConnection, TcpError> {
        let address = Address::parse(&cx.endpoint.address)?;
        let budget = self.dialer.budget(cx.timeout);
        let connection = self.dialer.open(&address, budget).await?;
        let Some(tls) = &self.tls else { return Ok(connection) };
        budget.whole(&address, "the TLS handshake with", tls.greet(&address, connection)).await?
    }

    fn is_open(&self, connection: &mut TcpConnection) -> bool {
        self.still_good(connection.glance())
    }

    /// The same look as [`TcpConnector::is_open`]: what a round trip is, only the protocol knows.
    async fn check(&self, connection: &mut TcpConnection) -> Result<(), TcpError> {
        if self.is_open(connection) { Ok(()) } else { Err(TcpError::Closed { address: connection.peer().to_owned() }) }
    }

    /// Sends what TLS has to say at the end, and the end of the stream.
    async fn close(&self, mut connection: TcpConnection, _why: CloseReason) {
        // Whom could it help to know that a connection that goes away could not say goodbye?
        let _ = connection.shutdown().await;
    }

    fn protocol(&self) -> Protocol {
        Protocol::BYTES
    }

    fn classify(&self, error: &TcpError) -> ErrorClass {
        error.class()
    }
}
