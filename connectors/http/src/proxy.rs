//! The forward proxy through which connections go.

use std::borrow::Cow;
use std::fmt;

use http::HeaderValue;
use pool_core::{Endpoint, OptionError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::basic;
use crate::origin::Origin;

/// A forward proxy, as a configuration names it: a URL, in which a user and a password may stand, or a table with
/// `url`, `user` and `password`. It is written as a table, and its password is never shown.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ProxyOptions {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

impl ProxyOptions {
    /// The proxy of this URL: `http://proxy:3128`, `https://me:s3cret@proxy`.
    pub fn new(url: impl Into<String>) -> ProxyOptions {
        let url = url.into();
        let Some((scheme, rest)) = url.split_once("://") else {
            return ProxyOptions { url, user: None, password: None };
        };
        let end = rest.find('/').unwrap_or(rest.len());
        match basic::in_authority(&rest[..end]) {
            Some((user, password)) => {
                let bare = rest.rsplit_once('@').map_or(rest, |(_, bare)| bare);
                ProxyOptions { url: format!("{scheme}://{bare}"), user: Some(user), password: Some(password) }
            }
            None => ProxyOptions { url, user: None, password: None },
        }
    }

    /// The same with a user and a password.
    #[must_use]
    pub fn credentials(self, user: impl Into<String>, password: impl Into<String>) -> ProxyOptions {
        ProxyOptions { user: Some(user.into()), password: Some(password.into()), ..self }
    }
}

impl fmt::Debug for ProxyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "***");
        let ProxyOptions { url, user, .. } = self;
        // One that makes no sense may have it here still.
        let url = Endpoint::new(url.as_str()).public_address().into_owned();
        f.debug_struct("ProxyOptions").field("url", &url).field("user", user).field("password", &password).finish()
    }
}

/// What the table looks like.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Where the proxy is: `http://proxy:3128`, or `https://` for one that speaks TLS itself.
    url: String,
    /// Who we are. Default: nobody asks.
    #[serde(default)]
    user: Option<String>,
    /// The password of the user. Default: none.
    #[serde(default)]
    password: Option<String>,
}

impl<'de> Deserialize<'de> for ProxyOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ProxyOptions, D::Error> {
        deserializer.deserialize_any(UrlOrTable)
    }
}

struct UrlOrTable;

impl<'de> Visitor<'de> for UrlOrTable {
    type Value = ProxyOptions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL such as \"http://proxy:3128\", or a table with `url`, `user` and `password`")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<ProxyOptions, E> {
        Ok(ProxyOptions::new(url))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ProxyOptions, A::Error> {
        let Table { url, user, password } = Table::deserialize(MapAccessDeserializer::new(map))?;
        let options = ProxyOptions::new(url);
        Ok(ProxyOptions { user: user.or(options.user), password: password.or(options.password), ..options })
    }
}

impl JsonSchema for ProxyOptions {
    fn schema_name() -> Cow<'static, str> {
        "ProxyOptions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A forward proxy: a URL, in which a user and a password may stand, or a table.",
            "anyOf": [{ "type": "string" }, generator.subschema_for::<Table>()],
        })
    }
}

/// A forward proxy that makes sense.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) origin: Origin,
    /// What it is told of who we are.
    pub(crate) credentials: Option<HeaderValue>,
}

impl Proxy {
    /// # Errors
    /// If the URL is not one of a proxy. It is not repeated: a password may be in it.
    pub(crate) fn new(options: &ProxyOptions) -> Result<Proxy, OptionError> {
        let wrong =
            |why: &str| OptionError::new("proxy", format!("it is no proxy's URL, as `http://proxy:3128`: {why}"));
        let ProxyOptions { url, user, password } = options;
        if !url.contains("://") {
            return Err(wrong("the scheme is missing, `http` or `https`"));
        }
        let origin = Origin::parse(url, false).map_err(wrong)?;
        if user.as_ref().is_some_and(|user| user.contains(':')) {
            return Err(OptionError::new("proxy.user", "a user's name has no colon (RFC 7617)"));
        }
        let credentials = user.as_ref().map(|user| basic::credentials(user, password.as_deref().unwrap_or_default()));
        Ok(Proxy { origin, credentials })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: serde_json::Value) -> ProxyOptions {
        serde_json::from_value(value).expect("good options")
    }

    #[test]
    fn a_url_and_a_table_mean_the_same_and_are_written_as_a_table() {
        let written = json!({ "url": "http://proxy:3128", "user": "me", "password": "p@ss" });
        for given in [
            json!("http://me:p%40ss@proxy:3128"),
            json!({ "url": "http://me:p%40ss@proxy:3128" }),
            json!({ "url": "http://proxy:3128", "user": "me", "password": "p@ss" }),
            json!({ "url": "http://you@proxy:3128", "user": "me", "password": "p@ss" }),
        ] {
            assert_eq!(serde_json::to_value(parse(given)).expect("it can be written"), written);
        }
        assert_eq!(
            serde_json::to_value(parse(json!("http://a"))).expect("it can be written"),
            json!({ "url": "http://a" })
        );
        assert!(serde_json::from_value::<ProxyOptions>(json!({ "url": "http://a", "pasword": "b" })).is_err());
        assert!(serde_json::from_value::<ProxyOptions>(json!(7)).is_err());
    }

    #[test]
    fn the_password_is_shown_nowhere() {
        let options = parse(json!("http://me:s3cret@proxy:3128"));
        let proxy = Proxy::new(&options).expect("a good proxy");
        for shown in [format!("{options:?}"), format!("{proxy:?}")] {
            assert!(!shown.contains("s3cret") && !shown.contains("czNjcmV0"), "{shown}");
            assert!(shown.contains("proxy"), "{shown}");
        }
        assert_eq!(proxy.credentials.expect("a user"), "Basic bWU6czNjcmV0");
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for url in [
            "me:s3cret@proxy",
            "ftp://me:s3cret@proxy",
            "http://me:s3cret@proxy/path",
            "http://me:s3cret@",
            "http://me:s3cret/more@proxy",
        ] {
            let options = ProxyOptions::new(url);
            assert!(!format!("{options:?}").contains("s3cret"), "{options:?}");
            let told = Proxy::new(&options).expect_err(url);
            assert!(told.path == ["proxy"] && !told.message.contains("s3cret"), "{told:?}");
        }
    }
}
