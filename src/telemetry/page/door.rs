//! Who may come in, and what a browser may do with what it gets.

use std::net::IpAddr;

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::Authority;

/// Nothing from elsewhere, nothing inline, and nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether the client asks for this server by an address of its own or as `localhost`.
///
/// A web page of somebody else's can have its own name resolve to our address, and would then read
/// from the browser of whoever visits it what only this machine may see. The browser still says
/// which name it asked for, and an address cannot be made to lead elsewhere.
pub(crate) fn admits(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let host = authority.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // Browsers take every name below `localhost` for this machine, whatever a name server says.
    let local = host.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"));
    local || address.parse::<IpAddr>().is_ok()
}

/// Says to the browser what it may do with a document of the page.
pub(crate) fn guard(headers: &mut HeaderMap) {
    const SAID: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in SAID {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).expect("visible"));
        }
        admits(&headers)
    }

    #[test]
    fn addresses_and_localhost_come_in_and_names_do_not() {
        for host in ["127.0.0.1:9464", "127.0.0.1", "[::1]:9464", "[::1]", "10.1.2.3:80", "localhost:9464", "LOCALHOST"]
        {
            assert!(admitted(&[host]), "{host}");
        }
        assert!(admitted(&["app.localhost:1"]));
        for host in ["evil.example:9464", "127.0.0.1.evil.example", "localhost.evil.example", "notlocalhost", ":80"] {
            assert!(!admitted(&[host]), "{host}");
        }
        assert!(!admitted(&["127.0.0.1@evil.example"]), "what stands before the @ is a user");
        assert!(!admitted(&[]), "a browser always says it");
        assert!(!admitted(&["localhost", "evil.example"]), "and once");
    }
}
