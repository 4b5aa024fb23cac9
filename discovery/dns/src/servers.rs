//! The servers that are asked.

use std::fs;
use std::net::{IpAddr, SocketAddr};

use pool_core::{DiscoveryError, OptionError};

/// Where the system's servers are written.
const RESOLV_CONF: &str = "/etc/resolv.conf";

const PORT: u16 = 53;

/// The servers that are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Servers {
    /// These.
    Given(Vec<SocketAddr>),
    /// Those of the system, whichever they are at the moment.
    Systems,
}

impl Servers {
    pub(crate) fn new(servers: &[String]) -> Result<Servers, OptionError> {
        if servers.is_empty() {
            return Ok(Servers::Systems);
        }
        Ok(Servers::Given(servers.iter().map(|server| parse(server)).collect::<Result<_, _>>()?))
    }

    pub(crate) fn list(&self) -> Result<Vec<SocketAddr>, DiscoveryError> {
        if let Servers::Given(servers) = self {
            return Ok(servers.clone());
        }
        let text = fs::read_to_string(RESOLV_CONF).map_err(|error| {
            let message = format!("cannot read the servers of DNS from {RESOLV_CONF}; or name them by `servers`");
            DiscoveryError::new(message).because(error)
        })?;
        match named_in(&text) {
            none if none.is_empty() => {
                Err(DiscoveryError::new(format!("{RESOLV_CONF} names no server of DNS; name one by `servers`")))
            }
            some => Ok(some),
        }
    }
}

fn parse(server: &str) -> Result<SocketAddr, OptionError> {
    let alone = server.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let whole = server.parse().or_else(|_| alone.map(|ip| SocketAddr::new(ip, PORT)));
    whole.map_err(|_| {
        let message =
            format!("`{server}` is no address of a server: wanted is `10.0.0.2`, `10.0.0.2:53` or `[fd00::2]:53`");
        OptionError::new("servers", message)
    })
}

/// As `resolv.conf(5)` has it. What is not understood is passed over, as everybody does.
fn named_in(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        // An address may have a zone, as in `fe80::1%eth0`, for which there is no number here.
        let is_one = words.next() == Some("nameserver");
        words.next().filter(|_| is_one)?.parse::<IpAddr>().ok()
    };
    text.lines().filter_map(server).take(MOST).map(|ip| SocketAddr::new(ip, PORT)).collect()
}

/// As many count: `MAXNS` of the C library.
const MOST: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_in_every_form() {
        let given = ["10.0.0.2", "10.0.0.2:5353", "fd00::2", "[fd00::2]", "[fd00::2]:5353"].map(str::to_owned);
        let Ok(Servers::Given(servers)) = Servers::new(&given) else { unreachable!("all are good") };
        let shown: Vec<_> = servers.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.2:53", "10.0.0.2:5353", "[fd00::2]:53", "[fd00::2]:53", "[fd00::2]:5353"]);
        assert_eq!(Servers::new(&[]), Ok(Servers::Systems));
        let error = Servers::new(&["ns.example.com".to_owned()]).expect_err("a name").to_string();
        assert!(error.starts_with("servers: `ns.example.com`"), "{error}");
    }

    #[test]
    fn the_system_s_servers_are_those_of_its_file() {
        let text = "# ours\nsearch a.example\nnameserver 10.0.0.2\n nameserver\tfd00::2 # two\nnameserver fe80::1%eth0\n\
                    options timeout:1\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n";
        let shown: Vec<_> = named_in(text).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.2:53", "[fd00::2]:53", "10.0.0.3:53"]);
        assert_eq!(named_in("nameserver\nnameservers 10.0.0.2\n"), []);
    }
}
