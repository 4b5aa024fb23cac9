//! Servers on free ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::launch::Launch;
use crate::patience::LONG;
use crate::process::Process;

/// Somebody else may take a port between the look for a free one and the server's start.
const TRIES: usize = 5;

/// Starts a server on free ports of the loopback address, and waits until it is ready.
///
/// # Panics
///
/// If it ends, or is not ready in time, with its log.
pub fn serve<const PORTS: usize>(
    launch: impl Fn(&[SocketAddr; PORTS]) -> Launch,
    is_ready: impl Fn(&[SocketAddr; PORTS]) -> bool,
) -> (Process, [SocketAddr; PORTS]) {
    let mut complaint = String::new();
    for _ in 0..TRIES {
        let addresses = free();
        let process = launch(&addresses).start();
        // One that has ended is not ready, even if another server answers in its place.
        let ready = process.until(LONG, |_| (is_ready(&addresses) && process.ended().is_none()).then_some(()));
        match ready {
            Ok(()) => return (process, addresses),
            Err(error) => complaint = error,
        }
        if !complaint.to_lowercase().contains("address already in use") {
            break;
        }
    }
    panic!("{complaint}");
}

/// Ports that are free at this moment, each another.
fn free<const PORTS: usize>() -> [SocketAddr; PORTS] {
    let held = [(); PORTS].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    held.map(|listener| listener.local_addr().expect("bound"))
}
