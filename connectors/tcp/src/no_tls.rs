//! What stands where TLS is not built in: a type that cannot be made, and says how to get the real one.

use std::convert::Infallible;

use pool_core::OptionError;

use crate::address::Address;
use crate::{TcpConnection, TcpError, TlsOptions};

/// How TLS is spoken: not at all, since the cargo feature `tls` is off.
#[derive(Debug, Clone)]
pub struct Tls(Infallible);

impl Tls {
    /// No TLS.
    ///
    /// # Errors
    /// Always, and it says how to get TLS.
    pub fn new(_: TlsOptions) -> Result<Tls, OptionError> {
        Err(OptionError::new(
            "tls",
            "TLS is not built in; turn on the cargo feature `tls` of clearpool, or of pool-connector-tcp",
        ))
    }

    /// The same, offering protocols.
    #[must_use]
    pub fn offering(self, _: &[&str]) -> Tls {
        match self.0 {}
    }

    /// Speaks TLS from now on over a connection.
    ///
    /// # Errors
    /// Never called, since there is no value to call it on.
    pub async fn wrap(&self, _: &str, _: TcpConnection) -> Result<TcpConnection, TcpError> {
        match self.0 {}
    }

    pub(crate) async fn greet(&self, _: &Address, _: TcpConnection) -> Result<TcpConnection, TcpError> {
        match self.0 {}
    }
}
