//! What stands where TLS is not built in: a type that cannot be made, and says how to get the real one.

use std::convert::Infallible;

use pool_core::OptionError;

use crate::address::Address;
use crate::connection::Stream;
use crate::socket::Socket;
use crate::{TcpError, TlsOptions};

#[derive(Debug, Clone)]
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn new(_: TlsOptions) -> Result<Tls, OptionError> {
        Err(OptionError::new(
            "tls",
            "TLS is not built in; turn on the cargo feature `tls` of clearpool, or of pool-connector-tcp",
        ))
    }

    pub(crate) async fn wrap(&self, _: &Address, _: Socket) -> Result<Stream, TcpError> {
        match self.0 {}
    }
}
