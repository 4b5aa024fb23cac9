//! Where in an address a password is, also in one that is badly written: it is shown before anybody refuses it.

use std::ops::Range;

/// What in an address is for the connector alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Secrets {
    /// The password of `user:password@host`.
    pub(super) login: Option<Range<usize>>,
    /// Values of what is called like a password, as in `?password=…`: where the pair begins, and the value.
    pub(super) values: Vec<(usize, Range<usize>)>,
}

impl Secrets {
    pub(super) fn of(address: &str) -> Secrets {
        let login = login(address);
        let rest = login.as_ref().map_or(0, |login| login.end);
        Secrets { values: values(address, rest), login }
    }

    /// In the order of the address.
    pub(super) fn all(&self) -> impl Iterator<Item = &Range<usize>> {
        self.login.iter().chain(self.values.iter().map(|(_, value)| value))
    }
}

/// Where in an address the part is that names user, host and port: up to the path (RFC 3986, section 3.2).
pub(super) fn authority(address: &str) -> Range<usize> {
    let begins = begins(address);
    let length = address[begins..].find(ENDS);
    begins..length.map_or(address.len(), |length| begins + length)
}

/// What stands where an authority is over. In a password they are to be escaped.
const ENDS: [char; 3] = ['/', '?', '#'];

/// Behind the scheme, if there is one, be it without its colon.
fn begins(address: &str) -> usize {
    scheme(address).map_or(0, |scheme| address[scheme.len()..].find("//").map_or(0, |at| scheme.len() + at + 2))
}

fn scheme(address: &str) -> Option<&str> {
    let (scheme, _) = address.split_once("//")?;
    let scheme = scheme.strip_suffix(':').unwrap_or(scheme);
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.bytes().all(is_of_scheme).then_some(scheme)
}

/// Between the first `:` and the last `@` of what may name a user.
fn login(address: &str) -> Option<Range<usize>> {
    if address.starts_with("unix:") && !address.starts_with("unix://") {
        return None;
    }
    let begins = begins(address);
    let rest = &address[begins..];
    let own = &address[authority(address)];
    let end = match own.rfind('@') {
        // No address has a fragment: what stands behind a `#` is of the password.
        Some(at) if rest[own.len()..].starts_with('#') => rest.rfind('@').unwrap_or(at),
        Some(at) => at,
        None if ends_in_a_password(own, scheme(address)) => rest.rfind('@')?,
        None => return None,
    };
    let colon = rest[..end].find(':')?;
    (colon + 1 < end).then(|| begins + colon + 1..begins + end)
}

/// Whether that is a user and the beginning of a password that should have been escaped, and not a host and its port:
/// where an `@` comes after it. In paths of HTTP that is nothing odd.
fn ends_in_a_password(authority: &str, scheme: Option<&str>) -> bool {
    let Some((host, port)) = authority.split_once(':') else { return false };
    let is_web = scheme.is_none_or(|scheme| scheme.starts_with("http"));
    let is_port = is_web && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host.is_empty() || !(is_port || host.starts_with('['))
}

/// The values of `password=…` and the like, in a query or in a line of `key=value`.
fn values(address: &str, from: usize) -> Vec<(usize, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = from;
    while let Some(equals) = address[at..].find('=').map(|equals| at + equals) {
        let is_of_key = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
        let key = address[at..equals].rfind(|character| !is_of_key(character)).map_or(at, |before| at + before + 1);
        let value = equals + 1..equals + 1 + length_of_value(&address[equals + 1..]);
        at = value.end;
        if is_secret(&address[key..equals]) && !value.is_empty() {
            found.push((key, value));
        }
    }
    found
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "pwd", "secret"].iter().any(|part| key.contains(part))
}

fn length_of_value(rest: &str) -> usize {
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let length = match quote {
        Some(quote) => rest[1..].find(quote).map(|end| end + 2),
        None => rest.find(|character: char| matches!(character, '&' | ';') || character.is_whitespace()),
    };
    length.unwrap_or(rest.len())
}
