//! Where an address leads, and how calls name it.

use http::uri::{Authority, Scheme};
use pool_connector_tcp::TcpConnector;

use crate::GrpcError;

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// In the form of the dialer: `host:port` or `unix:/path`.
    pub(crate) dial: String,
    /// Whether TLS is spoken.
    pub(crate) tls: bool,
    /// The `:authority` of calls.
    pub(crate) authority: Authority,
}

impl Target {
    /// Reads `host:port`, `unix:/path`, `http://host` or `https://host`; the first two speak TLS if `tls` says so.
    pub(crate) fn parse(address: &str, tls: bool) -> Result<Target, GrpcError> {
        let bad = |why: String| GrpcError::Address { address: shown(address), why };
        if address.contains('@') && !address.starts_with("unix:") {
            return Err(
                bad("there is no place for a user in it: credentials go into the metadata of calls".to_owned()),
            );
        }
        let target = match address.split_once("://") {
            Some((scheme, rest)) => from_url(scheme, rest, tls).map_err(|why| bad(why.to_owned()))?,
            None => Parts { dial: address.to_owned(), tls, authority: address.to_owned() },
        };
        TcpConnector::check_address(&target.dial)?;
        let name = if target.dial.starts_with("unix:") { "localhost" } else { &target.authority };
        let authority = name.parse().map_err(|error| bad(format!("no `:authority` can be made of it: {error}")))?;
        Ok(Target { dial: target.dial, tls: target.tls, authority })
    }

    /// The `:scheme` of calls.
    pub(crate) fn scheme(&self) -> Scheme {
        if self.tls { Scheme::HTTPS } else { Scheme::HTTP }
    }
}

struct Parts {
    dial: String,
    tls: bool,
    authority: String,
}

fn from_url(scheme: &str, rest: &str, wants_tls: bool) -> Result<Parts, &'static str> {
    let (tls, port) = match scheme {
        "http" if wants_tls => {
            return Err("it says `http` and the options say TLS: write `https://`, or leave out `tls`");
        }
        "http" => (false, 80),
        "https" => (true, 443),
        _ => return Err("a URL begins with `http://` or `https://`"),
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.contains(['/', '?', '#']) {
        return Err("a gRPC server has no path: write `http://host:port`");
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let dial = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    Ok(Parts { dial, tls, authority: host.to_owned() })
}

/// An address as it may be told: without a user and a password, for which there is no place in it.
fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_say_where_to_and_how() {
        for (address, tls, dial, speaks_tls, authority) in [
            ("localhost:7001", false, "localhost:7001", false, "localhost:7001"),
            ("localhost:7001", true, "localhost:7001", true, "localhost:7001"),
            ("http://orders:7001", false, "orders:7001", false, "orders:7001"),
            ("https://orders", false, "orders:443", true, "orders"),
            ("https://[::1]/", true, "[::1]:443", true, "[::1]"),
            ("http://[::1]:7001", false, "[::1]:7001", false, "[::1]:7001"),
            ("unix:/run/orders.sock", false, "unix:/run/orders.sock", false, "localhost"),
        ] {
            let target = Target::parse(address, tls).expect(address);
            assert_eq!((target.dial.as_str(), target.tls), (dial, speaks_tls), "{address}");
            assert_eq!(target.authority.as_str(), authority, "{address}");
        }
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        for (address, tls, why) in [
            ("localhost", false, "port is missing"),
            ("http://orders:7001", true, "options say TLS"),
            ("ftp://orders:7001", false, "`http://` or `https://`"),
            ("http://orders:7001/v1", false, "no path"),
            ("http://me:secret@orders:7001", false, "no place for a user"),
            ("http://:7001", false, "host is missing"),
            ("orders/v1:7001", false, "no slashes"),
            ("or<ders:7001", false, "no `:authority`"),
        ] {
            let error = Target::parse(address, tls).expect_err(address).to_string();
            assert!(error.contains(why), "{address}: {error}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_told() {
        for address in ["http://me:secret@orders:7001", "me:secret@orders:7001", "ftp://me:secret@orders"] {
            let error = Target::parse(address, false).expect_err(address);
            let error = format!("{error} {error:?}");
            assert!(!error.contains("secret") && error.contains("orders"), "{error}");
        }
    }
}
