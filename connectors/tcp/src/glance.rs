//! A look at an idle connection that waits for nothing.
//!
//! The socket is asked itself, by a non-blocking system call: tokio only remembers what its reactor
//! last told it, and would call a connection open whose end has arrived a moment ago.

use std::io;
use std::mem::MaybeUninit;

use crate::socket::Socket;

/// What a look at an idle connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glance {
    /// Nothing has come.
    Silent,
    /// Bytes that nobody has read.
    Unread,
    /// The peer has closed it, or it is broken.
    Gone,
}

/// Looks at a socket and leaves in it what it holds.
pub(crate) fn at_socket(socket: &Socket) -> Glance {
    let mut byte = [MaybeUninit::uninit()];
    loop {
        match socket.raw().peek(&mut byte) {
            Ok(0) => return Glance::Gone,
            Ok(_) => return Glance::Unread,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Glance::Silent,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Glance::Gone,
        }
    }
}
