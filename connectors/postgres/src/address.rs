//! The forms that an address can have.

mod url;

use std::fmt;

use pool_connector_tcp::TcpConnector;
use pool_core::Endpoint;

use crate::{PostgresError, SessionAttrs, SslMode};

/// Where a connection leads, and what the address says besides.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// As a dialer wants it: `host:port` or `unix:/path`.
    pub(crate) socket: String,
    pub(crate) said: Said,
}

/// What a URL says besides: each comes before the option of the same name.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) application_name: Option<String>,
    pub(crate) options: Option<String>,
    pub(crate) ssl_mode: Option<SslMode>,
    pub(crate) session: Option<SessionAttrs>,
}

/// The port that is meant where none is given.
pub(crate) const DEFAULT_PORT: u16 = 5432;

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Address, PostgresError> {
        let parsed = match text.split_once("://") {
            Some(("postgres" | "postgresql", rest)) => url::parse(rest),
            Some((scheme, _)) if scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '+') => {
                Err(format!("`{scheme}` is not spoken here, but `postgres`"))
            }
            Some(_) => Err("it begins with no scheme; `postgres` is spoken here".into()),
            None => match text.strip_prefix("unix:") {
                Some(path) => socket(path, DEFAULT_PORT).map(Address::at),
                // The text is shown: a password may be in it.
                None if text.contains('@') => Err("a user or password takes a URL: `postgres://user@host`".into()),
                None => Ok(Address::at(text.to_owned())),
            },
        };
        let shown = || Endpoint::new(text).public_address().into_owned();
        let address = parsed.map_err(|why| PostgresError::Address { address: shown(), why })?;
        TcpConnector::check_address(&address.socket)?;
        Ok(address)
    }

    /// Whether it is a socket of this machine: there TLS is not spoken.
    pub(crate) fn is_local(&self) -> bool {
        self.socket.starts_with("unix:")
    }

    fn at(socket: String) -> Address {
        Address { socket, said: Said::default() }
    }
}

/// The address of the socket for a path: that of the socket itself, or the directory that it is in.
fn socket(path: &str, port: u16) -> Result<String, String> {
    if !path.starts_with('/') {
        return Err("behind `unix:` stands the path of a directory or a socket, from the root on".into());
    }
    let path = path.trim_end_matches('/');
    let is_socket = path.rsplit('/').next().is_some_and(|name| name.starts_with(SOCKET));
    Ok(if is_socket { format!("unix:{path}") } else { format!("unix:{path}/{SOCKET}{port}") })
}

/// How the name of every server's socket begins.
const SOCKET: &str = ".s.PGSQL.";

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.socket)
    }
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.socket).finish()
    }
}

#[cfg(test)]
mod tests;
