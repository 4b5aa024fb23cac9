//! A server that is only there: it accepts, says nothing and keeps all connections open.

use std::net::TcpListener;
use std::thread;

/// Serves on a free port of the loopback until the process ends; gives the address.
///
/// # Panics
/// If no port is free.
#[must_use]
pub fn serve_holding() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    thread::spawn(move || {
        let _held: Vec<_> = listener.incoming().flatten().collect();
    });
    address
}
