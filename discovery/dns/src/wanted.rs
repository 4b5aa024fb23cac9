//! What is looked up.

use std::net::IpAddr;

use pool_core::OptionError;
use simple_dns::Name;

use crate::{DnsOptions, Records};

/// What is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The addresses of a host, each with this port.
    Addresses { host: String, port: u16 },
    /// The servers of a service.
    Servers { service: String },
}

impl Wanted {
    pub(crate) fn new(options: &DnsOptions) -> Result<Wanted, OptionError> {
        let DnsOptions { name, records, .. } = options;
        let is_service = match records {
            Records::Auto => name.starts_with('_'),
            Records::Address => false,
            Records::Srv => true,
        };
        let wanted = if is_service { service(name) } else { host(name) };
        wanted.map_err(|why| OptionError::new("name", format!("`{name}`: {why}")))
    }

    /// The name that is asked for.
    pub(crate) fn name(&self) -> &str {
        match self {
            Wanted::Addresses { host, .. } => host,
            Wanted::Servers { service } => service,
        }
    }
}

fn service(name: &str) -> Result<Wanted, &'static str> {
    if name.contains(':') {
        return Err("a service has no port: its records tell it");
    }
    Ok(Wanted::Servers { service: whole(name)? })
}

fn host(name: &str) -> Result<Wanted, &'static str> {
    if name.parse::<IpAddr>().is_ok() || name.starts_with('[') {
        return Err(NO_NAME);
    }
    let (host, port) = name.rsplit_once(':').ok_or(NO_PORT)?;
    let port = match port.parse() {
        Ok(0) | Err(_) => return Err("the port must be a number from 1 to 65535"),
        Ok(port) => port,
    };
    if host.parse::<IpAddr>().is_ok() {
        return Err(NO_NAME);
    }
    Ok(Wanted::Addresses { host: whole(host)?, port })
}

const NO_NAME: &str = "this is an address already, and nothing is to be looked up: put it into `endpoints`";
const NO_PORT: &str =
    "the port is missing, as in `orders.example.com:7001`; or, for a service, set `records = \"srv\"`";

/// A name as it is asked for: without the dot that may stand at its end.
fn whole(name: &str) -> Result<String, &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        return Err("the host is missing, as in `orders.example.com:7001`");
    }
    let is_good = |label: &str| (1..=63).contains(&label.len());
    if !name.split('.').all(is_good) || Name::new(name).is_err() {
        return Err("the parts of a name are from 1 to 63 bytes long, and a name has 253 at most");
    }
    if !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b'\\') {
        return Err("a name is of letters, digits, hyphens and underscores; others are written as `xn--…`");
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, records: Records) -> Result<Wanted, String> {
        let options = DnsOptions { records, ..DnsOptions::new(name) };
        Wanted::new(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_says_what_is_looked_up_unless_that_is_said() {
        let addresses = |host: &str, port| Ok(Wanted::Addresses { host: host.to_owned(), port });
        let servers = |service: &str| Ok(Wanted::Servers { service: service.to_owned() });
        assert_eq!(of("orders.example.com:7001", Records::Auto), addresses("orders.example.com", 7001));
        assert_eq!(of("orders.example.com.:7001", Records::Address), addresses("orders.example.com", 7001));
        assert_eq!(of("_grpc._tcp.example.com.", Records::Auto), servers("_grpc._tcp.example.com"));
        assert_eq!(of("orders.service.consul", Records::Srv), servers("orders.service.consul"));
        assert_eq!(of("_odd:1", Records::Address), addresses("_odd", 1));
    }

    #[test]
    fn what_cannot_be_looked_up_is_told_with_what_can() {
        for (name, records, why) in [
            ("orders", Records::Auto, "`records = \"srv\"`"),
            ("orders:0", Records::Auto, "1 to 65535"),
            ("orders:x", Records::Auto, "1 to 65535"),
            (":7001", Records::Auto, "host is missing"),
            ("a..b:1", Records::Auto, "1 to 63"),
            ("ü:1", Records::Auto, "`xn--…`"),
            ("http://a:1", Records::Auto, "letters"),
            ("10.0.0.1:7001", Records::Auto, "`endpoints`"),
            ("[::1]:7001", Records::Auto, "`endpoints`"),
            ("::1", Records::Auto, "`endpoints`"),
            ("_grpc._tcp.a:1", Records::Auto, "no port"),
            ("", Records::Srv, "host is missing"),
        ] {
            let error = of(name, records).expect_err(name);
            assert!(error.starts_with(&format!("name: `{name}`")) && error.contains(why), "{error}");
        }
        assert!(of(&format!("{}:1", "a".repeat(64)), Records::Auto).is_err());
        assert!(of(&format!("{}:1", ["abcdefg"; 40].join(".")), Records::Auto).is_err());
    }
}
