//! The forms that an address can have.

use std::ops::Range;

use pool_connector_tcp::TcpConnector;
use pool_core::Endpoint;
use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion};

use crate::{RedisError, Resp, Secret};

/// Where a connection leads, and what the address says of it besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `host:port` or `unix:/path`, as a dialer takes it.
    pub(crate) target: String,
    pub(crate) tls: bool,
    pub(crate) database: Option<u32>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) protocol: Option<Resp>,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Address, RedisError> {
        let parsed = match text.split_once("://") {
            Some((scheme, _)) => url(text, scheme),
            None => plain(text),
        };
        parsed.map_err(|why| RedisError::Address { address: shown(text), why })
    }
}

/// An address as it may be shown, also one that makes no sense: of that nobody knows where its password ends, and what
/// may be of one is hidden.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = text.to_owned();
    if let Some(place) = password(text) {
        shown.replace_range(place, "***");
    }
    let public = Endpoint::new(shown).public_address().into_owned();
    match public.split_once('?') {
        Some((path, query)) if keys(query).any(|key| !OF_PATHS.contains(&key)) => format!("{path}?***"),
        _ => public,
    }
}

/// Where the password of `user:password@host` is: it ends at the last `@` of all, since no other part has any.
fn password(text: &str) -> Option<Range<usize>> {
    if is_path(text) {
        return None;
    }
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = text.find("://").filter(|at| text[..*at].bytes().all(is_of_scheme));
    let begins = scheme.map_or(0, |at| at + 3);
    let end = text[begins..].rfind('@')?;
    let colon = text[begins..begins + end].find(':')?;
    Some(begins + colon + 1..begins + end)
}

/// Whether that is a scheme and a path, in which an `@` means nothing.
fn is_path(text: &str) -> bool {
    let Some((form, path)) = text.split_once("unix:") else { return false };
    matches!(form, "" | "redis+" | "valkey+")
        && path.strip_prefix("//").map_or(!path.starts_with(':'), |path| path.starts_with('/'))
}

/// What may follow a `?`.
const OF_HOSTS: &[&str] = &["protocol"];
const OF_PATHS: &[&str] = &["db", "user", "protocol"];

fn keys(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split('=').next().unwrap_or(pair))
}

fn plain(text: &str) -> Result<Address, String> {
    if text.starts_with("redis+unix:") {
        return Err("that is a URL with an absolute path: `redis+unix:///run/redis.sock`".into());
    }
    if text.contains('@') && !text.starts_with("unix:") {
        return Err("a user stands in a URL only: `redis://user:password@host:port`".into());
    }
    // Its message is about the form of an address, which it repeats.
    TcpConnector::check_address(text).map_err(|error| {
        let said = error.to_string();
        let why = said.split_once("`: ").map_or(said.as_str(), |(_, why)| why);
        format!("{why}; or a URL, as in `redis://localhost:6379/0`")
    })?;
    Ok(Address { target: text.to_owned(), tls: false, database: None, username: None, password: None, protocol: None })
}

fn url(text: &str, scheme: &str) -> Result<Address, String> {
    let tls = matches!(scheme, "rediss" | "valkeys");
    let unix = matches!(scheme, "unix" | "redis+unix" | "valkey+unix");
    if !(tls || unix || matches!(scheme, "redis" | "valkey")) {
        return Err("its scheme is not known; known are redis, rediss (with TLS), redis+unix and unix".into());
    }
    if !is_path(text) && has_stray_at(&text[scheme.len() + 3..]) {
        return Err("in a password `/` is written `%2F`, `?` is `%3F` and `#` is `%23`".into());
    }
    if text.contains('#') {
        return Err("nothing may follow a `#`: whom to trust in TLS is said by the option `tls`".into());
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let known = if unix { OF_PATHS } else { OF_HOSTS };
    if keys(query).any(|key| !known.contains(&key)) {
        // Which it is, is not repeated: it may be of a password.
        return Err(format!("what follows `?` is not known here; known are {}", known.join(", ")));
    }
    let has_database = if unix { keys(query).any(|key| key == "db") } else { !database_in(path).is_empty() };
    let has_protocol = query.contains("protocol=");

    // Theirs speaks TLS only where that is built in, which it is not: ours does.
    let plain = if tls { format!("redis{}", &text[scheme.len()..]) } else { text.to_owned() };
    let info = plain.as_str().into_connection_info().map_err(|error| error.to_string())?;
    let settings = info.redis_settings();
    let database = u32::try_from(settings.db()).map_err(|_| "the number of a database is 0 or more".to_owned())?;
    Ok(Address {
        target: target(info.addr())?,
        tls,
        database: has_database.then_some(database),
        username: settings.username().map(str::to_owned),
        password: settings.password().map(Secret::from),
        protocol: has_protocol.then(|| match settings.protocol() {
            ProtocolVersion::RESP3 => Resp::Resp3,
            _ => Resp::Resp2,
        }),
    })
}

/// Whether there is an `@` behind the host, where only the end of a password has one.
fn has_stray_at(rest: &str) -> bool {
    rest.find(['/', '?', '#']).is_some_and(|end| rest[end..].contains('@'))
}

/// What stands behind the host.
fn database_in(path: &str) -> &str {
    let behind = path.split_once("://").map_or(path, |(_, behind)| behind);
    behind.split_once('/').map_or("", |(_, database)| database.trim_matches('/'))
}

fn target(address: &ConnectionAddr) -> Result<String, String> {
    match address {
        ConnectionAddr::Tcp(host, port) if host.contains(':') => Ok(format!("[{host}]:{port}")),
        ConnectionAddr::Tcp(host, port) => Ok(format!("{host}:{port}")),
        ConnectionAddr::Unix(path) => Ok(format!("unix:{}", path.display())),
        other => Err(format!("{other} is not supported")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str) -> Address {
        let target = target.to_owned();
        Address { target, tls: false, database: None, username: None, password: None, protocol: None }
    }

    fn parsed(text: &str) -> Address {
        Address::parse(text).expect(text)
    }

    #[test]
    fn good_addresses_say_where_and_what() {
        for (text, target) in [
            ("localhost:6380", "localhost:6380"),
            ("[::1]:6380", "[::1]:6380"),
            ("unix:/run/redis.sock", "unix:/run/redis.sock"),
            ("redis://localhost", "localhost:6379"),
            ("redis://localhost/", "localhost:6379"),
            ("valkey://10.0.0.1:7000", "10.0.0.1:7000"),
            ("redis://[::1]:7000", "[::1]:7000"),
            ("unix:///run/redis.sock", "unix:/run/redis.sock"),
            ("redis+unix:///run/my%20redis.sock", "unix:/run/my redis.sock"),
        ] {
            assert_eq!(parsed(text), of(target), "{text}");
        }
        let full = parsed("rediss://app:p%40ss@db.test:7000/0?protocol=resp3");
        let expected = Address {
            tls: true,
            database: Some(0),
            username: Some("app".into()),
            password: Some("p@ss".into()),
            protocol: Some(Resp::Resp3),
            ..of("db.test:7000")
        };
        assert_eq!(full, expected);
        let unix = parsed("redis+unix:///r.sock?db=3&user=app");
        assert_eq!((unix.database, unix.username.as_deref()), (Some(3), Some("app")));
        assert_eq!(parsed("redis://:secret@h/12").database, Some(12));
    }

    #[test]
    fn what_is_no_password_is_shown() {
        for (text, said) in [
            ("localhost:6380", "localhost:6380"),
            ("redis://me@localhost:6380/2?protocol=resp3", "redis://me@localhost:6380/2?protocol=resp3"),
            ("redis://me:secret@localhost/2?protocol=resp3", "redis://me:***@localhost/2?protocol=resp3"),
            ("redis://me:sec[ret@localhost", "redis://me:***@localhost"),
            ("redis://localhost?db=1", "redis://localhost?db=1"),
            ("redis://localhost?timeout=1s", "redis://localhost?***"),
            ("unix:/run/a:b@c.sock", "unix:/run/a:b@c.sock"),
            ("redis+unix:///run/a:b@c.sock?user=me@here", "redis+unix:///run/a:b@c.sock?user=me@here"),
        ] {
            assert_eq!(shown(text), said);
        }
        assert_eq!(parsed("redis+unix:///run/a:b@c.sock").target, "unix:/run/a:b@c.sock");
    }

    #[test]
    fn bad_addresses_say_what_is_wrong_and_no_password() {
        for (text, why) in [
            ("localhost", "port is missing"),
            ("localhost:0", "1 to 65535"),
            ("user:secret@localhost:6379", "URL only"),
            ("http://localhost:6379", "is not known; known are redis"),
            ("redis://u:secret@localhost:6379/x", "database"),
            ("redis://localhost/-1", "0 or more"),
            ("redis://localhost?db=1", "what follows `?` is not known here; known are protocol"),
            ("redis+unix:///r.sock?pass=secret", "not known here; known are db, user, protocol"),
            ("rediss://u:secret@localhost/#insecure", "option `tls`"),
            ("redis+unix:/r.sock", "redis+unix:///"),
            ("unix:", "path must follow"),
            ("", "port is missing"),
        ] {
            let error = Address::parse(text).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }
}
