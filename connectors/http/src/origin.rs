//! Where an endpoint leads: an origin.

use std::fmt;

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};

/// A scheme, a host and a port; or a Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: Scheme,
    /// What the server is called: without the port where that is the scheme's own.
    authority: Authority,
    /// Where to dial: `host:port`, `unix:/path`.
    dial: String,
}

impl Origin {
    /// Reads an endpoint's address. One without a scheme is of `https` if `secure`, else of `http`.
    ///
    /// # Errors
    /// What is wrong with it, and how it should look.
    pub(crate) fn parse(address: &str, secure: bool) -> Result<Origin, &'static str> {
        if let Some(path) = address.strip_prefix("unix:") {
            return if path.is_empty() {
                Err("a path must follow `unix:`")
            } else {
                Ok(Origin::of_socket(address, secure))
            };
        }
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) => (scheme_named(scheme)?, rest),
            None => (if secure { Scheme::HTTPS } else { Scheme::HTTP }, address),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err("an origin has no path: that comes with the request");
        }
        if authority.contains('@') {
            return Err("an origin has no user: send the header `authorization` with the request");
        }
        let authority: Authority = authority.parse().map_err(|_| FORM)?;
        Origin::of(&scheme, &authority).ok_or(FORM)
    }

    /// The origin of a scheme and an authority; `None` if there is no such port.
    pub(crate) fn of(scheme: &Scheme, authority: &Authority) -> Option<Origin> {
        let host = authority.host();
        let port = match authority.port_u16() {
            Some(0) => return None,
            Some(port) => port,
            None if names_a_port(authority) => return None,
            None => default_port(scheme),
        };
        if host.is_empty() {
            return None;
        }
        let called = if port == default_port(scheme) { host.to_owned() } else { format!("{host}:{port}") };
        let authority = called.to_ascii_lowercase().parse().ok()?;
        Some(Origin { scheme: scheme.clone(), authority, dial: format!("{host}:{port}").to_ascii_lowercase() })
    }

    fn of_socket(address: &str, secure: bool) -> Origin {
        let scheme = if secure { Scheme::HTTPS } else { Scheme::HTTP };
        Origin { scheme, authority: Authority::from_static("localhost"), dial: address.to_owned() }
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// `host:port` or `unix:/path`.
    pub(crate) fn dial_address(&self) -> &str {
        &self.dial
    }

    /// The host, without the brackets of a number of IPv6.
    pub(crate) fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or_else(|| default_port(&self.scheme))
    }

    pub(crate) fn is_socket(&self) -> bool {
        self.dial.starts_with("unix:")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_socket() { f.write_str(&self.dial) } else { write!(f, "{}://{}", self.scheme, self.dial) }
    }
}

const FORM: &str = "an origin looks like `http://10.0.0.1:8080`, `https://api.example`, `[::1]:8080` or `unix:/path`";

fn scheme_named(name: &str) -> Result<Scheme, &'static str> {
    match name.to_ascii_lowercase().as_str() {
        "http" => Ok(Scheme::HTTP),
        "https" => Ok(Scheme::HTTPS),
        _ => Err("the scheme is `http` or `https`"),
    }
}

fn default_port(scheme: &Scheme) -> u16 {
    if *scheme == Scheme::HTTPS { 443 } else { 80 }
}

/// Whether there is something where a port would be: `Authority` takes any text for one, and then says that there is
/// none.
fn names_a_port(authority: &Authority) -> bool {
    let after = authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, after)| after);
    after.contains(':')
}

/// What a server is called, as a header.
pub(crate) fn host_header(authority: &Authority) -> Option<HeaderValue> {
    HeaderValue::from_str(authority.as_str()).ok()
}

/// The authority of a URI as a server is to be called: without a user.
pub(crate) fn of_uri(uri: &Uri) -> Option<Origin> {
    let (scheme, authority) = (uri.scheme()?, uri.authority()?);
    scheme_named(scheme.as_str()).ok()?;
    let bare = authority.as_str().rsplit('@').next()?.parse().ok()?;
    Origin::of(scheme, &bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_origins_are_dialed_and_called_as_they_should() {
        for (address, secure, shown, authority) in [
            ("http://10.0.0.1:8080", true, "http://10.0.0.1:8080", "10.0.0.1:8080"),
            ("https://API.example/", false, "https://api.example:443", "api.example"),
            ("https://api.example:443", false, "https://api.example:443", "api.example"),
            ("http://api.example:443", false, "http://api.example:443", "api.example:443"),
            ("HTTP://[::1]", false, "http://[::1]:80", "[::1]"),
            ("10.0.0.1:8080", false, "http://10.0.0.1:8080", "10.0.0.1:8080"),
            ("10.0.0.1:8443", true, "https://10.0.0.1:8443", "10.0.0.1:8443"),
            ("api.example", true, "https://api.example:443", "api.example"),
            ("unix:/run/App.sock", false, "unix:/run/App.sock", "localhost"),
        ] {
            let origin = Origin::parse(address, secure).expect(address);
            assert_eq!((origin.to_string().as_str(), origin.authority().as_str()), (shown, authority), "{address}");
        }
    }

    #[test]
    fn bad_origins_say_what_is_wrong() {
        for (address, why) in [
            ("ftp://a", "`http` or `https`"),
            ("http://a/b", "no path"),
            ("http://a?b", "no path"),
            ("http://me:s3cret@a", "no user"),
            ("http://", "looks like"),
            ("", "looks like"),
            ("http://a:b", "looks like"),
            ("http://a:", "looks like"),
            ("http://a:0", "looks like"),
            ("http://a:65536", "looks like"),
            ("http://a b", "looks like"),
            ("::1", "looks like"),
            ("unix:", "path must follow"),
        ] {
            let told = Origin::parse(address, false).expect_err(address);
            assert!(told.contains(why), "{address}: {told}");
        }
    }

    #[test]
    fn of_a_uri_only_the_origin_is_taken() {
        let origin = |uri: &'static str| of_uri(&Uri::from_static(uri)).map(|origin| origin.to_string());
        assert_eq!(origin("http://me:pw@Host/path?query"), Some("http://host:80".to_owned()));
        assert_eq!(origin("/path"), None);
        assert_eq!(origin("ftp://host/path"), None);
    }
}
