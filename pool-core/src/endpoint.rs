//! Where connections lead.

mod secrets;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::secrets::{Secrets, authority};

/// One place that connections lead to, as discovery names it.
///
/// Where the address is a URL with a password (`scheme://user:password@host`), that is for the connector alone: it is
/// left out wherever the endpoint is named or shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The name that stays when the address changes. Default: the address; of one with a password, what stands
    /// behind the `@`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The address, in the connector's own form: `host:port`, a socket's path, a URL.
    pub address: String,
    /// The share of the load that it should get, relative to the others. Default 1; 0 gives it none.
    #[serde(default = "one")]
    pub weight: u32,
    /// Anything a connector or a policy may want to know: zone, role, version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

fn one() -> u32 {
    1
}

impl Endpoint {
    /// An endpoint with weight 1 and no metadata, named by its address.
    pub fn new(address: impl Into<String>) -> Endpoint {
        Endpoint { id: String::new(), address: address.into(), weight: 1, metadata: BTreeMap::new() }
    }

    /// The same with another weight.
    #[must_use]
    pub fn weight(self, weight: u32) -> Endpoint {
        Endpoint { weight, ..self }
    }

    /// The name that stays: `id`, or the address where no id was given. Of an address with a password, what stands
    /// behind the `@`: a name is on labels, spans, in the log and on the page.
    pub fn name(&self) -> &str {
        if !self.id.is_empty() {
            return &self.id;
        }
        let secrets = Secrets::of(&self.address);
        let begins = secrets.login.map_or(0, |login| login.end + 1);
        let ends = secrets.values.first().map_or(self.address.len(), |(pair, _)| *pair);
        let is_whole = ends == self.address.len();
        let name = &self.address[begins..ends];
        if is_whole { name } else { name.trim_end_matches(['?', '&', ';', ' ']) }
    }

    /// The address as it may be shown: with `***` in place of its password, if it has one.
    pub fn public_address(&self) -> Cow<'_, str> {
        let (mut shown, mut at) = (String::new(), 0);
        for secret in Secrets::of(&self.address).all() {
            shown.push_str(&self.address[at..secret.start]);
            shown.push_str("***");
            at = secret.end;
        }
        if at == 0 { Cow::Borrowed(&self.address) } else { Cow::Owned(shown + &self.address[at..]) }
    }

    /// The server that the address leads to, and the port if it says one: of `scheme://user:password@host:port/path`
    /// host and port, of a socket in the file system its path. What the conventions call `server.address` and
    /// `server.port`.
    pub fn server(&self) -> (&str, Option<u16>) {
        if let Some(path) = self.address.strip_prefix("unix:") {
            return (path, None);
        }
        let behind_password = Secrets::of(&self.address).login.map_or(0, |login| login.end + 1);
        let rest = &self.address[behind_password..];
        let authority = &rest[authority(rest)];
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if let Some((host, rest)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
        }
        match host.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => (host, Some(port)),
            _ => (host, None),
        }
    }

    /// What somebody says of the endpoint, such as a connector in an error: where it repeats the address, without the
    /// password.
    pub fn without_password<'a>(&self, said: &'a str) -> Cow<'a, str> {
        match self.public_address() {
            Cow::Owned(public) if said.contains(&self.address) => Cow::Owned(said.replace(&self.address, &public)),
            _ => Cow::Borrowed(said),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("address", &self.public_address())
            .field("weight", &self.weight)
            .field("metadata", &self.metadata)
            .finish()
    }
}

impl From<&str> for Endpoint {
    fn from(address: &str) -> Endpoint {
        Endpoint::new(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_in_what_is_shown() {
        for (address, name, public) in [
            ("redis://me:s3cret@db:6379/0", "db:6379/0", "redis://me:***@db:6379/0"),
            ("redis://:s3cret@db", "db", "redis://:***@db"),
            ("me:s3cr@et:@db:1", "db:1", "me:***@db:1"),
            ("http://ä:ö@[::1]:80?a=b@c", "[::1]:80?a=b@c", "http://ä:***@[::1]:80?a=b@c"),
            // Badly written: `/`, `?` and `#` are to be escaped.
            ("postgres://me:s3#cret@db/orders", "db/orders", "postgres://me:***@db/orders"),
            ("postgres://me:s3@cr#et@db/orders", "db/orders", "postgres://me:***@db/orders"),
            ("redis://:s3/cret@db:1", "db:1", "redis://:***@db:1"),
            ("redis://:12/34@db:1", "db:1", "redis://:***@db:1"),
            ("redis://me:12/34@db:1", "db:1", "redis://me:***@db:1"),
            ("redis//:s3cret@db:1", "db:1", "redis//:***@db:1"),
            ("unix://:s3cret@/r.sock", "/r.sock", "unix://:***@/r.sock"),
            ("redis://me:/s3cret@db:1", "db:1", "redis://me:***@db:1"),
            ("http://me:s3?cret@db", "db", "http://me:***@db"),
            ("me:s3#cret@db:1", "db:1", "me:***@db:1"),
            ("me:s3://cret@db:1", "db:1", "me:***@db:1"),
            // Where else passwords are.
            ("redis+unix:///s?db=1&pass=s3cret&a=b", "redis+unix:///s?db=1", "redis+unix:///s?db=1&pass=***&a=b"),
            ("host=db password='s3 cret' port=1", "host=db", "host=db password=*** port=1"),
            ("http://me:s3cret@db?PWD=x&user=me", "db", "http://me:***@db?PWD=***&user=me"),
        ] {
            let endpoint = Endpoint::new(address);
            assert_eq!((endpoint.name(), &*endpoint.public_address()), (name, public));
            assert!(format!("{endpoint:?}").contains(public), "{endpoint:?}");
            assert_eq!(endpoint.without_password(&format!("no route to {address}!")), format!("no route to {public}!"));
            assert_eq!(endpoint.without_password("it is late"), "it is late");
            let named = Endpoint { id: "a".to_owned(), ..endpoint };
            assert_eq!((named.name(), &*named.public_address()), ("a", public));
        }
    }

    #[test]
    fn an_address_says_its_server_and_port() {
        for (address, server, port) in [
            ("db:6379", "db", Some(6379)),
            ("redis://me:s3:cret@db:6379/0", "db", Some(6379)),
            ("https://api/v1?a=b:c", "api", None),
            ("http://[::1]:80/", "::1", Some(80)),
            ("postgres://me:s3#cret@db:5432/orders", "db", Some(5432)),
            ("[::1]", "::1", None),
            ("unix:/run/db.sock", "/run/db.sock", None),
            ("manager", "manager", None),
            ("db:port", "db:port", None),
            ("", "", None),
        ] {
            assert_eq!(Endpoint::new(address).server(), (server, port), "{address}");
        }
    }

    #[test]
    fn an_address_without_a_password_is_shown_as_it_is() {
        for address in [
            "db:6379",
            "[::1]:80",
            "me@db:1",
            "http://me@db:80/a:b@c",
            "http://db:80/a@c",
            "unix:///run/a@b:c",
            "redis://db:1/0",
            "//run/a",
            "http://[::1]/a@c",
            "http://db?pass=",
            "http://db?bypass/a=b&c",
            "unix:/run/a@b:c",
            "unix:@abstract",
            "",
            "@",
            ":@",
        ] {
            let endpoint = Endpoint::new(address);
            assert_eq!((endpoint.name(), &*endpoint.public_address()), (address, address));
        }
    }
}
