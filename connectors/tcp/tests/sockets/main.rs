//! The connector against real sockets on this machine.

mod dialing;
mod idle;
mod options;
#[cfg(feature = "tls")]
mod tls;
#[cfg(unix)]
mod unix;

use std::time::Duration;

use pool_connector_tcp::{TcpConnection, TcpConnector, TcpError, TcpOptions};
use pool_core::{ConnectCx, Connector, Endpoint, Handle};
use tokio::net::{TcpListener, TcpStream};

/// Longer than anything here should take.
const AMPLE: Duration = Duration::from_secs(20);

/// Dials as a pool would.
async fn dial(connector: &TcpConnector, address: &str) -> Result<TcpConnection, TcpError> {
    dial_within(connector, address, AMPLE).await
}

async fn dial_within(connector: &TcpConnector, address: &str, timeout: Duration) -> Result<TcpConnection, TcpError> {
    let (endpoint, handle) = (Endpoint::new(address), Handle::detached());
    connector.connect(&ConnectCx::new(&endpoint, "test", timeout, &handle)).await
}

/// A connector of options that are the default but for a change.
fn connector(change: impl FnOnce(&mut TcpOptions)) -> TcpConnector {
    let mut options = TcpOptions::default();
    change(&mut options);
    TcpConnector::new(options).expect("good options")
}

/// A listener and its address.
async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    (listener, address)
}

/// Both ends of a new connection.
async fn pair(connector: &TcpConnector) -> (TcpConnection, TcpStream) {
    let (listener, address) = listen().await;
    let ours = dial(connector, &address).await.expect("a listener is there");
    let (theirs, _) = listener.accept().await.expect("one has connected");
    (ours, theirs)
}
