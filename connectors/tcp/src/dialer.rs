//! How a socket is opened, whatever is spoken over it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use pool_core::OptionError;
use socket2::TcpKeepalive;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::address::Address;
use crate::budget::Budget;
use crate::connection::Stream;
use crate::socket::Socket;
use crate::{SocketOptions, TcpConnection, TcpError};

/// Opens sockets, over TCP or in the file system: what connectors of protocols stand on.
#[derive(Debug, Clone)]
pub struct Dialer {
    connect_timeout: Duration,
    nodelay: bool,
    keepalive: Option<Duration>,
}

impl Dialer {
    /// A dialer with these options.
    ///
    /// # Errors
    /// If an option makes no sense; the path names the key.
    pub fn new(options: SocketOptions) -> Result<Dialer, OptionError> {
        options.check_timeout()?;
        let keepalive = options.keepalive()?;
        Ok(Dialer { connect_timeout: options.connect_timeout.get(), nodelay: options.nodelay, keepalive })
    }

    /// Opens a socket to `host:port`, `[v6]:port` or `unix:/path`, within that time or the option's, whichever is less.
    ///
    /// # Errors
    /// If the address makes no sense, its name has no addresses, nobody takes the connection, or it takes too long.
    pub async fn dial(&self, address: &str, timeout: Duration) -> Result<TcpConnection, TcpError> {
        self.open(&Address::parse(address)?, self.budget(timeout)).await
    }

    pub(crate) fn budget(&self, timeout: Duration) -> Budget {
        Budget::of(self.connect_timeout.min(timeout))
    }

    pub(crate) async fn open(&self, address: &Address, budget: Budget) -> Result<TcpConnection, TcpError> {
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
        Ok(TcpConnection::new(Stream::Plain(socket), Arc::from(peer)))
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
}

impl Default for Dialer {
    /// The dialer of the default options.
    fn default() -> Dialer {
        Dialer::new(SocketOptions::default()).expect("the default options make sense")
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

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;

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
