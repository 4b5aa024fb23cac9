//! How the head of a request looks on a connection.

use http::request::Parts;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{HeaderValue, Version, header};

use crate::HttpError;
use crate::basic;
use crate::origin::{self, Origin};

/// How the heads of requests look on a connection.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    /// Where it leads.
    pub(crate) origin: Origin,
    /// What every server is called, if the configuration says so.
    pub(crate) host: Option<Authority>,
    /// Whether it leads to a forward proxy, which is told the whole URI.
    pub(crate) absolute: bool,
    /// What such a proxy is told of who we are.
    pub(crate) credentials: Option<HeaderValue>,
}

impl Form {
    /// Gives a head the form that is wanted here.
    ///
    /// # Errors
    /// If it cannot have it.
    pub(crate) fn give(&self, parts: &mut Parts, version: Version) -> Result<(), HttpError> {
        let asked = origin::of_uri(&parts.uri);
        let of = asked.as_ref().unwrap_or(&self.origin);
        authorize(parts);
        let called = self.host.clone().unwrap_or_else(|| of.authority().clone());
        if version == Version::HTTP_2 {
            let called = match parts.headers.remove(header::HOST) {
                Some(host) => Authority::try_from(host.as_bytes()).map_err(|_| HttpError::request(NO_HOST))?,
                None => called,
            };
            parts.uri = whole(of.scheme().clone(), called, path(&parts.uri))?;
        } else {
            let path = path(&parts.uri);
            parts.uri = if self.absolute { whole(of.scheme().clone(), called.clone(), path)? } else { Uri::from(path) };
            if !parts.headers.contains_key(header::HOST)
                && let Some(host) = origin::host_header(&called)
            {
                parts.headers.insert(header::HOST, host);
            }
            if let Some(credentials) = &self.credentials {
                parts.headers.entry(header::PROXY_AUTHORIZATION).or_insert_with(|| credentials.clone());
            }
        }
        parts.version = version;
        Ok(())
    }
}

const NO_HOST: &str = "what its header `host` says cannot be a host";

/// The user of a URI is for a header, as in browsers and in net/http.
fn authorize(parts: &mut Parts) {
    if let Some((user, password)) = parts.uri.authority().and_then(|at| basic::in_authority(at.as_str())) {
        let value = basic::credentials(&user, &password);
        parts.headers.entry(header::AUTHORIZATION).or_insert(value);
    }
}

fn path(uri: &Uri) -> PathAndQuery {
    uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"))
}

fn whole(scheme: Scheme, authority: Authority, path: PathAndQuery) -> Result<Uri, HttpError> {
    let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build();
    uri.map_err(|error| HttpError::request(error.to_string()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn form() -> Form {
        let origin = Origin::parse("http://backend:8080", false).expect("a good origin");
        Form { origin, host: None, absolute: false, credentials: None }
    }

    fn given(form: &Form, uri: &str, host: Option<&str>, version: Version) -> (String, Option<String>, Parts) {
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        form.give(&mut parts, version).expect("it can have that form");
        let host = parts.headers.get("host").map(|host| host.to_str().expect("text").to_owned());
        (parts.uri.to_string(), host, parts)
    }

    #[test]
    fn http_1_has_a_path_and_a_host() {
        let form = form();
        for (uri, host, expected) in [
            ("/a?b", None, ("/a?b", "backend:8080")),
            ("/a", Some("other"), ("/a", "other")),
            ("http://HOST:80/a", None, ("/a", "host")),
            ("http://host", None, ("/", "host")),
            ("*", None, ("*", "backend:8080")),
        ] {
            let (uri, host, parts) = given(&form, uri, host, Version::HTTP_11);
            assert_eq!((uri.as_str(), host.as_deref()), (expected.0, Some(expected.1)));
            assert_eq!(parts.version, Version::HTTP_11);
        }
        let form = Form { host: Some(Authority::from_static("orders")), ..form };
        assert_eq!(given(&form, "/a", None, Version::HTTP_11).1.as_deref(), Some("orders"));
        assert_eq!(given(&form, "http://host/a", Some("other"), Version::HTTP_11).1.as_deref(), Some("other"));
    }

    #[test]
    fn http_2_has_the_host_in_its_uri() {
        let form = form();
        for (uri, host, expected) in [
            ("/a?b", None, "http://backend:8080/a?b"),
            ("/a", Some("other:1"), "http://other:1/a"),
            ("https://host/a", None, "https://host/a"),
        ] {
            let (uri, host, _) = given(&form, uri, host, Version::HTTP_2);
            assert_eq!((uri.as_str(), host), (expected, None));
        }
    }

    #[test]
    fn a_forward_proxy_is_told_the_whole_uri_and_who_asks() {
        let credentials = Some(basic::credentials("me", "s3cret"));
        let form = Form { absolute: true, credentials: credentials.clone(), ..form() };
        let (uri, host, parts) = given(&form, "http://host:81/a?b", None, Version::HTTP_11);
        assert_eq!((uri.as_str(), host.as_deref()), ("http://host:81/a?b", Some("host:81")));
        assert_eq!(parts.headers.get(header::PROXY_AUTHORIZATION), credentials.as_ref());
        assert_eq!(given(&form, "/a", None, Version::HTTP_11).0, "http://backend:8080/a");
    }

    #[test]
    fn the_user_of_a_uri_becomes_a_header_and_is_not_sent_as_host() {
        let (uri, host, parts) = given(&form(), "http://Aladdin:open%20sesame@host/", None, Version::HTTP_11);
        assert_eq!((uri.as_str(), host.as_deref()), ("/", Some("host")));
        assert_eq!(parts.headers[header::AUTHORIZATION], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
