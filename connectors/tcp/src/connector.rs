//! How a connection is made, looked at and closed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{CloseReason, ConnectCx, Connector, ErrorClass, OptionError};
use socket2::TcpKeepalive;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

use crate::address::Address;
use crate::connection::Stream;
use crate::glance::Glance;
use crate::socket::Socket;
use crate::tls::Tls;
use crate::{TcpConnection, TcpError, TcpOptions, Unread};

/// Makes connections over TCP and Unix sockets.
#[derive(Debug, Clone)]
pub struct TcpConnector {
    connect_timeout: Duration,
    nodelay: bool,
    keepalive: Option<Duration>,
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
        options.check_timeout()?;
        let keepalive = options.keepalive()?;
        let tls = options.tls.map(Tls::new).transpose()?;
        let TcpOptions { connect_timeout, nodelay, unread, .. } = options;
        Ok(TcpConnector { connect_timeout: connect_timeout.get(), nodelay, keepalive, unread, tls })
    }

    /// Whether an address has one of the forms that are understood here; nothing is looked up.
    ///
    /// # Errors
    /// If it has not; the message says what is wrong with it.
    pub fn check_address(address: &str) -> Result<(), TcpError> {
        Address::parse(address).map(drop)
    }

    async fn open(&self, address: &Address, budget: Budget) -> Result<TcpConnection, TcpError> {
        let (socket, peer) = match address {
            Address::Tcp { host, port } => self.open_tcp(address, host, *port, budget).await?,
            #[cfg(unix)]
            Address::Unix(path) => {
                let connected = budget.whole(address, CONNECTING, UnixStream::connect(path)).await?;
                (Socket::Unix(connected.map_err(|source| refused(address.to_string(), source))?), address.to_string())
            }
            #[cfg(not(unix))]
            Address::Unix(_) => unreachable!("an address that is not parsed here"),
        };
        let stream = match &self.tls {
            None => Stream::Plain(socket),
            Some(tls) => budget.whole(address, "the TLS handshake with", tls.wrap(address, socket)).await??,
        };
        Ok(TcpConnection::new(stream, Arc::from(peer)))
    }

    /// Tries the addresses of a name one after the other. Each has an even share of the time that
    /// is left, so that one that swallows packets does not cost the others theirs.
    async fn open_tcp(
        &self,
        address: &Address,
        host: &str,
        port: u16,
        budget: Budget,
    ) -> Result<(Socket, String), TcpError> {
        let resolve = |source| TcpError::Resolve { address: address.to_string(), source };
        let found = budget.whole(address, "looking up the name of", tokio::net::lookup_host((host, port))).await?;
        let found: Vec<SocketAddr> = found.map_err(resolve)?.collect();
        let mut failure = resolve(io::Error::new(io::ErrorKind::NotFound, "the name has no addresses"));
        for (tried, &to) in found.iter().enumerate() {
            let peer = described(address, to);
            let share = budget.share(found.len() - tried);
            let attempt = share.whole(&peer, CONNECTING, TcpStream::connect(to)).await;
            failure = match attempt {
                Ok(Ok(stream)) if is_to_itself(&stream) => refused(peer, io::ErrorKind::ConnectionRefused.into()),
                Ok(Ok(stream)) => {
                    self.set_up(&stream, &peer)?;
                    return Ok((Socket::Tcp(stream), peer));
                }
                Ok(Err(source)) => refused(peer, source),
                Err(late) => late,
            };
        }
        Err(failure)
    }

    fn set_up(&self, stream: &TcpStream, peer: &str) -> Result<(), TcpError> {
        let failed = |option| move |source| TcpError::Socket { address: peer.to_owned(), option, source };
        stream.set_nodelay(self.nodelay).map_err(failed("nodelay"))?;
        if let Some(after) = self.keepalive {
            let probes = TcpKeepalive::new().with_time(after);
            socket2::SockRef::from(stream).set_tcp_keepalive(&probes).map_err(failed("keepalive"))?;
        }
        Ok(())
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
        self.open(&address, Budget::of(self.connect_timeout.min(cx.timeout))).await
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

    fn classify(&self, error: &TcpError) -> ErrorClass {
        error.class()
    }
}

const CONNECTING: &str = "connecting to";

fn refused(address: String, source: io::Error) -> TcpError {
    TcpError::Connect { address, source }
}

fn described(address: &Address, to: SocketAddr) -> String {
    let (name, number) = (address.to_string(), to.to_string());
    if name == number { name } else { format!("{name} ({number})") }
}

/// Whether a stream has met itself. Both ends of a connection to a dead port of this machine can
/// be the same socket, when the system picks just that port for our end: TCP allows it.
fn is_to_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(here), Ok(there)) if here == there)
}

/// The time that a connection may take.
#[derive(Debug, Clone, Copy)]
struct Budget {
    total: Duration,
    end: Option<Instant>,
}

impl Budget {
    fn of(total: Duration) -> Budget {
        Budget { total, end: Instant::now().checked_add(total) }
    }

    /// An even part of what is left, if there are so many to share it.
    fn share(self, among: usize) -> Budget {
        match self.end {
            Some(end) if among > 1 => Budget::of(end.duration_since(Instant::now()) / among as u32),
            _ => self,
        }
    }

    /// Does something within what is left.
    async fn whole<T>(
        self,
        address: &impl ToString,
        doing: &'static str,
        work: impl Future<Output = T>,
    ) -> Result<T, TcpError> {
        let Some(end) = self.end else { return Ok(work.await) };
        let late = |_| TcpError::Timeout { address: address.to_string(), doing, after: self.total };
        timeout_at(end, work).await.map_err(late)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;

    #[test]
    fn time_is_shared_out_evenly_and_the_last_has_all_that_is_left() {
        let budget = Budget::of(Duration::from_secs(60));
        let third = budget.share(3).total;
        assert!(third <= Duration::from_secs(20) && third > Duration::from_secs(15), "{third:?}");
        assert_eq!(budget.share(1).end, budget.end);
        assert_eq!(Budget::of(Duration::MAX).share(3).end, None);
    }

    #[tokio::test]
    async fn a_connection_to_itself_is_none() {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let here = socket.local_addr().expect("bound");
        match socket.connect(here).await {
            Ok(stream) => assert!(is_to_itself(&stream)),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused),
        }
    }
}
