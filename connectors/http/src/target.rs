//! What a request's URI asks for.

use http::request::Parts;
use http::uri::Uri;
use http::{Method, header};

use crate::HttpError;
use crate::origin::{self, Origin};

/// Where a request is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To any endpoint: it has a path only.
    Any,
    /// To this origin.
    Origin(Origin),
}

impl Target {
    pub(crate) fn of(method: &Method, uri: &Uri) -> Result<Target, HttpError> {
        if method == Method::CONNECT {
            return Err(HttpError::request("CONNECT is for forward proxies; name one with the option `proxy`"));
        }
        match (uri.scheme_str(), uri.authority()) {
            (None, None) => Ok(Target::Any),
            (None, Some(authority)) => {
                Err(HttpError::request(format!("`{}` lacks a scheme", bare(authority.as_str()))))
            }
            (Some(scheme), _) => match origin::of_uri(uri) {
                Some(origin) => Ok(Target::Origin(origin)),
                None => Err(HttpError::request(format!("there is no HTTP at such a URI, of scheme `{scheme}`"))),
            },
        }
    }
}

fn bare(authority: &str) -> &str {
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Whether only HTTP/1.1 will do: it asks to speak something else from then on.
pub(crate) fn needs_http1(parts: &Parts) -> bool {
    parts.headers.contains_key(header::UPGRADE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uri: &str) -> Result<Target, String> {
        let uri = uri.parse().expect("a URI");
        Target::of(&Method::GET, &uri).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_may_go_anywhere_and_a_whole_uri_where_it_says() {
        assert_eq!(of("/orders?of=me"), Ok(Target::Any));
        assert_eq!(of("*"), Ok(Target::Any));
        let Ok(Target::Origin(origin)) = of("https://me:s3cret@api/orders") else { panic!("an origin") };
        assert_eq!(origin.to_string(), "https://api:443");
    }

    #[test]
    fn what_has_no_origin_is_refused_without_its_password() {
        for (uri, why) in [("me:s3cret@api:80", "`api:80` lacks a scheme"), ("ftp://me:s3cret@api/", "`ftp`")] {
            let told = of(uri).expect_err(uri);
            assert!(told.contains(why) && !told.contains("s3cret"), "{told}");
        }
        assert!(Target::of(&Method::CONNECT, &Uri::from_static("api:80")).is_err());
    }
}
