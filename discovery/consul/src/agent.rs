//! Where the agent is.

use std::fmt;

use pool_connector_tcp::TcpConnector;
use pool_core::OptionError;

/// The address of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agent {
    /// As a dialer wants it: `host:port` or `unix:/path`.
    pub(crate) dial: String,
    /// What HTTP calls the host.
    pub(crate) host: String,
    pub(crate) is_tls: bool,
}

impl Agent {
    /// `http://host:port`, `https://host:port`, `unix:/path` or `unix:///path`; the port may be left out.
    pub(crate) fn parse(address: &str) -> Result<Agent, OptionError> {
        let refuse = |why: String| OptionError::new("address", format!("{why}; {FORMS}"));
        let agent = parse(address).map_err(|why| refuse(why.to_owned()))?;
        TcpConnector::check_address(&agent.dial).map_err(|error| refuse(error.to_string()))?;
        Ok(agent)
    }
}

const FORMS: &str = "wanted is `http://127.0.0.1:8500`, `https://consul.example.com:8501` or `unix:/run/consul.sock`";

fn parse(address: &str) -> Result<Agent, &'static str> {
    if let Some(path) = address.strip_prefix("unix:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path.starts_with('/') {
            true if cfg!(unix) => Ok(Agent { dial: format!("unix:{path}"), host: "localhost".into(), is_tls: false }),
            true => Err("this system has no Unix sockets"),
            false => Err("a Unix socket is named by its whole path"),
        };
    }
    let (is_tls, rest) = match address.split_once("://") {
        Some(("http", rest)) => (false, rest),
        Some(("https", rest)) => (true, rest),
        Some(_) => return Err("the agent is asked over HTTP"),
        None => (false, address),
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.contains('@') {
        return Err("a user has no place here: Consul knows us by `token`");
    }
    if host.contains(['/', '?', '#']) {
        return Err("a path has no place here");
    }
    if host.is_empty() {
        return Err("the host is missing");
    }
    // What has a colon and no port is an IPv6 address, which stands in brackets.
    let has_port = host.contains(':') && !host.ends_with(']');
    let dial = if has_port { host.to_owned() } else { format!("{host}:{}", if is_tls { 8501 } else { 8500 }) };
    Ok(Agent { host: dial.clone(), dial, is_tls })
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_leads_somewhere() {
        for (address, dial, is_tls) in [
            ("http://127.0.0.1:8500", "127.0.0.1:8500", false),
            ("http://consul.example.com/", "consul.example.com:8500", false),
            ("https://consul.example.com", "consul.example.com:8501", true),
            ("https://[::1]:1234", "[::1]:1234", true),
            ("http://[::1]", "[::1]:8500", false),
            ("127.0.0.1:8500", "127.0.0.1:8500", false),
            ("localhost", "localhost:8500", false),
            #[cfg(unix)]
            ("unix:///run/consul.sock", "unix:/run/consul.sock", false),
            #[cfg(unix)]
            ("unix:/run/consul.sock", "unix:/run/consul.sock", false),
        ] {
            let agent = Agent::parse(address).expect(address);
            assert_eq!((agent.dial.as_str(), agent.is_tls), (dial, is_tls), "{address}");
        }
    }

    #[test]
    fn bad_addresses_say_what_is_wrong() {
        for (address, why) in [
            ("ftp://a", "over HTTP"),
            ("http://", "host is missing"),
            ("", "host is missing"),
            (":8500", "host is missing"),
            ("http://a:b@c", "`token`"),
            ("http://a/v1", "a path"),
            ("http://a:99999", "1 to 65535"),
            ("http://a:0", "1 to 65535"),
            ("http://::1", "in brackets"),
            ("unix:consul.sock", "whole path"),
        ] {
            let error = Agent::parse(address).expect_err(address).to_string();
            assert!(error.starts_with("address: ") && error.contains(why), "{address}: {error}");
        }
    }
}
