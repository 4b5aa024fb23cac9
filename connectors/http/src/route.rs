//! How an endpoint is reached.

use pool_core::{Endpoint, OptionError};

use crate::connector::Settings;
use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::{ConnectError, HttpVersion};

/// How an endpoint is reached.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) origin: Origin,
    pub(crate) via: Via,
    pub(crate) version: HttpVersion,
}

/// By which way.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    Direct,
    /// Through a proxy that is told the whole URI of each request.
    Forward(Proxy),
    /// Through a proxy that carries bytes from then on.
    Tunnel(Proxy),
}

/// The metadata of an endpoint that say which HTTP is spoken with it: `http1`, `http2`.
const VERSION: &str = "http_version";

/// The metadata of an endpoint that is our forward proxy itself, to which requests for all origins of plain HTTP go.
const FORWARD: &str = "forward_proxy";

impl Route {
    pub(crate) fn to(endpoint: &Endpoint, settings: &Settings) -> Result<Route, ConnectError> {
        let address = || endpoint.public_address().into_owned();
        let origin =
            settings.origin(&endpoint.address).map_err(|why| ConnectError::Address { address: address(), why })?;
        let version = own_version(endpoint).unwrap_or(settings.options.version);
        let via = match settings.proxy_for(&origin) {
            _ if endpoint.metadata.contains_key(FORWARD) => settings.proxy.clone().map_or(Via::Direct, Via::Forward),
            None => Via::Direct,
            Some(proxy) if is_told_all(&origin, version) => Via::Forward(proxy.clone()),
            Some(proxy) => Via::Tunnel(proxy.clone()),
        };
        Ok(Route { origin, via, version })
    }
}

/// Which HTTP an endpoint's metadata say that it speaks.
fn own_version(endpoint: &Endpoint) -> Option<HttpVersion> {
    match endpoint.metadata.get(VERSION).map(String::as_str) {
        Some("http1") => Some(HttpVersion::Http1),
        Some("http2") => Some(HttpVersion::Http2),
        _ => None,
    }
}

/// Whether an endpoint's metadata make sense, as far as they are for us.
pub(crate) fn check_metadata(endpoint: &Endpoint) -> Result<(), OptionError> {
    match endpoint.metadata.get(VERSION) {
        Some(version) if own_version(endpoint).is_none() => {
            let told = format!("`{version}` is no version of HTTP; `http1` and `http2` are");
            Err(OptionError::new(&format!("metadata.{VERSION}"), told))
        }
        _ => Ok(()),
    }
}

/// Whether a forward proxy is told each request to such an origin; else it carries bytes.
fn is_told_all(origin: &Origin, version: HttpVersion) -> bool {
    !origin.is_secure() && version != HttpVersion::Http2
}

/// The endpoint for requests to this origin, in a pool whose endpoints come with the requests: what is alike shares
/// connections, as with net/http, by proxy, scheme, authority, and whether only HTTP/1.1 will do.
pub(crate) fn endpoint_for(origin: &Origin, needs_http1: bool, settings: &Settings) -> Endpoint {
    let version = if needs_http1 { HttpVersion::Http1 } else { settings.options.version };
    match settings.proxy_for(origin) {
        Some(proxy) if is_told_all(origin, version) => {
            let address = proxy.origin.to_string();
            let endpoint = Endpoint::new(address.as_str());
            with(Endpoint { id: format!("http via {address}"), ..endpoint }, FORWARD, "yes")
        }
        _ => {
            let endpoint = Endpoint::new(origin.to_string());
            // Elsewhere it is HTTP/1.1 anyway.
            let differs = needs_http1 && (origin.is_secure() || settings.options.version == HttpVersion::Http2);
            match differs && settings.options.version != HttpVersion::Http1 {
                true => with(Endpoint { id: format!("{origin} in HTTP/1.1"), ..endpoint }, VERSION, "http1"),
                false => endpoint,
            }
        }
    }
}

fn with(mut endpoint: Endpoint, key: &str, value: &str) -> Endpoint {
    endpoint.metadata.insert(key.to_owned(), value.to_owned());
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HttpOptions, ProxyOptions};

    fn settings(change: impl FnOnce(&mut HttpOptions)) -> Settings {
        let mut options = HttpOptions::default();
        change(&mut options);
        Settings::new(options).expect("good options")
    }

    fn through_proxy() -> Settings {
        settings(|options| {
            options.proxy = Some(ProxyOptions::new("http://me:s3cret@proxy:3128"));
            options.no_proxy = vec!["near".to_owned()];
        })
    }

    fn endpoint(settings: &Settings, uri: &str, needs_http1: bool) -> (String, &'static str) {
        let origin = Origin::parse(uri, false).expect("a good origin");
        let endpoint = endpoint_for(&origin, needs_http1, settings);
        let route = Route::to(&endpoint, settings).expect("a good endpoint");
        let via = match (route.via, route.version) {
            (Via::Direct, HttpVersion::Http1) => "direct in HTTP/1.1",
            (Via::Direct, _) => "direct",
            (Via::Forward(_), _) => "told all",
            (Via::Tunnel(_), HttpVersion::Http1) => "a tunnel in HTTP/1.1",
            (Via::Tunnel(_), _) => "a tunnel",
        };
        (endpoint.name().to_owned(), via)
    }

    #[test]
    fn what_is_alike_shares_an_endpoint_and_nothing_else_does() {
        let direct = settings(|_| ());
        for (uri, needs_http1, name, via) in [
            ("http://host", false, "http://host:80", "direct"),
            ("http://host", true, "http://host:80", "direct"),
            ("https://host", false, "https://host:443", "direct"),
            ("https://host", true, "https://host:443 in HTTP/1.1", "direct in HTTP/1.1"),
        ] {
            assert_eq!(endpoint(&direct, uri, needs_http1), (name.to_owned(), via));
        }
        let proxied = through_proxy();
        for (uri, needs_http1, name, via) in [
            ("http://one", false, "http via http://proxy:3128", "told all"),
            ("http://two:81", true, "http via http://proxy:3128", "told all"),
            ("https://one", false, "https://one:443", "a tunnel"),
            ("https://one", true, "https://one:443 in HTTP/1.1", "a tunnel in HTTP/1.1"),
            ("http://near", false, "http://near:80", "direct"),
        ] {
            assert_eq!(endpoint(&proxied, uri, needs_http1), (name.to_owned(), via));
        }
    }

    #[test]
    fn http_2_by_prior_knowledge_goes_through_a_tunnel() {
        let settings = settings(|options| {
            options.proxy = Some(ProxyOptions::new("http://proxy:3128"));
            options.version = HttpVersion::Http2;
        });
        assert_eq!(endpoint(&settings, "http://host", false), ("http://host:80".to_owned(), "a tunnel"));
        assert_eq!(endpoint(&settings, "http://host", true).1, "told all");
    }

    #[test]
    fn the_password_of_a_proxy_is_in_no_endpoint() {
        let origin = Origin::parse("http://host", false).expect("a good origin");
        let endpoint = endpoint_for(&origin, false, &through_proxy());
        assert!(!serde_json::to_string(&endpoint).expect("it can be written").contains("s3cret"));
    }
}
