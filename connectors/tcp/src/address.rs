//! The forms that an address can have.

use std::fmt;
use std::path::PathBuf;

use crate::TcpError;

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A name or number, and a port.
    Tcp { host: String, port: u16 },
    /// The path of a socket in the file system.
    Unix(PathBuf),
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Address, TcpError> {
        let parsed = match text.strip_prefix("unix:") {
            Some("") => Err("a path must follow `unix:`"),
            Some(path) if cfg!(unix) => Ok(Address::Unix(PathBuf::from(path))),
            Some(_) => Err("this system has no Unix sockets"),
            None => tcp(text),
        };
        parsed.map_err(|why| TcpError::Address { address: text.into(), why: why.into() })
    }

    /// The name that a certificate would be for.
    #[cfg(feature = "tls")]
    pub(crate) fn host(&self) -> Option<&str> {
        match self {
            Address::Tcp { host, .. } => Some(host),
            Address::Unix(_) => None,
        }
    }
}

fn tcp(text: &str) -> Result<Address, &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("the port is missing, as in `localhost:7001`")?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or("the bracket is not closed, as in `[::1]:7001`")?,
        None if host.contains('/') => return Err(NO_URL),
        None if host.contains(':') => return Err("an IPv6 address stands in brackets, as in `[::1]:7001`"),
        None => host,
    };
    if host.is_empty() {
        return Err("the host is missing, as in `localhost:7001`");
    }
    if host.contains(char::is_whitespace) {
        return Err("a host has no spaces");
    }
    match port.parse() {
        Ok(0) | Err(_) => Err("the port must be a number from 1 to 65535"),
        Ok(port) => Ok(Address::Tcp { host: host.to_owned(), port }),
    }
}

const NO_URL: &str = "a host has no slashes; not a URL is wanted but `host:port` or `unix:/path`";

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_come_out_as_they_went_in() {
        for text in ["localhost:7001", "127.0.0.1:1", "[::1]:65535", "unix:/run/orders.sock"] {
            assert_eq!(Address::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        for (text, why) in [
            ("localhost", "port is missing"),
            ("localhost:", "1 to 65535"),
            ("localhost:0", "1 to 65535"),
            ("localhost:65536", "1 to 65535"),
            (":80", "host is missing"),
            ("[]:80", "host is missing"),
            ("::1:80", "in brackets"),
            ("[::1:80", "not closed"),
            ("http://a:80", "not a URL"),
            ("a b:80", "no spaces"),
            ("a/b:80", "`host:port`"),
            ("unix:", "path must follow"),
            ("", "port is missing"),
        ] {
            let error = Address::parse(text).expect_err(text).to_string();
            assert!(error.contains(why) && error.contains(text), "{text}: {error}");
        }
    }
}
