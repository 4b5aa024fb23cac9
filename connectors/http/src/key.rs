//! Which requests belong together.

use http::HeaderName;
use http::request::Parts;
use pool_core::{OptionError, key_of};

/// What one request asks of the pool, where it differs from the configuration; put into its extensions:
/// `request.extensions_mut().insert(RequestOptions::new().key(customer))`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestOptions {
    /// A key for balance policies that hash. Default: that of the header which the option `key_header` names.
    pub key: Option<u64>,
}

impl RequestOptions {
    /// What the pool's configuration says.
    pub fn new() -> RequestOptions {
        RequestOptions::default()
    }

    /// With a key for balance policies that hash.
    #[must_use]
    pub fn key(self, key: u64) -> RequestOptions {
        RequestOptions { key: Some(key) }
    }
}

/// The key of a request: its own, or that of the header.
pub(crate) fn own_key(parts: &Parts, header: Option<&HeaderName>) -> Option<u64> {
    let own = parts.extensions.get::<RequestOptions>().and_then(|options| options.key);
    own.or_else(|| parts.headers.get(header?).map(|value| key_of(value.as_bytes())))
}

/// The header that an option names.
pub(crate) fn parse_header(name: &str) -> Result<HeaderName, OptionError> {
    let told = || format!("`{name}` is no name of a header; for example `x-tenant`");
    name.parse().map_err(|_| OptionError::new("key_header", told()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn a_key_is_the_requests_own_or_that_of_its_header() {
        let header = parse_header("X-Tenant").expect("a name");
        let key = |request: http::request::Builder, header| {
            let (parts, ()) = request.body(()).expect("a request").into_parts();
            own_key(&parts, header)
        };
        let acme = || Request::get("/").header("x-tenant", "acme");
        let own = RequestOptions::new().key(7);
        assert_eq!(key(acme(), None), None);
        assert_eq!(key(Request::get("/"), Some(&header)), None);
        assert_eq!(key(acme(), Some(&header)), Some(key_of("acme")));
        assert_eq!(key(acme().extension(own), Some(&header)), Some(7));
        assert_eq!(key(acme().extension(RequestOptions::new()), Some(&header)), Some(key_of("acme")));
        assert_eq!(parse_header("x tenant").expect_err("no name").path, ["key_header"]);
    }
}
