//! Where connections go directly although there is a proxy.

use std::net::IpAddr;

use pool_core::OptionError;

use crate::origin::Origin;

/// Where connections go directly.
#[derive(Debug, Clone, Default)]
pub(crate) struct NoProxy(Vec<Rule>);

#[derive(Debug, Clone)]
struct Rule {
    place: Place,
    port: Option<u16>,
}

#[derive(Debug, Clone)]
enum Place {
    Everywhere,
    /// This host, and all that is below it.
    Domain(String),
    /// All that is below this domain, and not itself.
    Below(String),
    Network {
        address: IpAddr,
        prefix: u8,
    },
}

impl NoProxy {
    pub(crate) fn parse(rules: &[String]) -> Result<NoProxy, OptionError> {
        let parsed = rules.iter().map(|text| {
            Rule::parse(&text.trim().to_ascii_lowercase()).ok_or_else(|| {
                let told = format!(
                    "`{text}` is no host, as `db.internal`, nor domain, as `.internal`, address, as `10.0.0.1`, network, \
                     as `10.0.0.0/8`, or `*`; a port may follow, as in `db:8080`"
                );
                OptionError::new("no_proxy", told)
            })
        });
        parsed.collect::<Result<_, _>>().map(NoProxy)
    }

    /// Whether connections to this origin go directly. To a Unix socket they always do.
    pub(crate) fn covers(&self, origin: &Origin) -> bool {
        origin.is_socket() || self.0.iter().any(|rule| rule.covers(origin.host(), origin.port()))
    }
}

impl Rule {
    fn parse(text: &str) -> Option<Rule> {
        let whole = |place| Some(Rule { place, port: None });
        if text == "*" {
            return whole(Place::Everywhere);
        }
        if let Some((address, prefix)) = text.split_once('/') {
            let (address, prefix) = (bare(address).parse::<IpAddr>().ok()?, prefix.parse().ok()?);
            let most = if address.is_ipv4() { 32 } else { 128 };
            return whole(Place::Network { address, prefix: Some(prefix).filter(|&prefix| prefix <= most)? });
        }
        if let Ok(address) = bare(text).parse() {
            return whole(Place::Network { address, prefix: 128 });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        if let Ok(address) = bare(host).parse() {
            return Some(Rule { place: Place::Network { address, prefix: 128 }, port });
        }
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let place = match host.strip_prefix("*.").or_else(|| host.strip_prefix('.')) {
            Some(domain) => Place::Below(Some(domain).filter(|name| is_name(name))?.to_owned()),
            None => Place::Domain(Some(host).filter(|name| is_name(name))?.to_owned()),
        };
        Some(Rule { place, port })
    }

    fn covers(&self, host: &str, port: u16) -> bool {
        let is_below = |domain: &str| host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
        let is_there = match &self.place {
            Place::Everywhere => true,
            Place::Domain(domain) => host == domain || is_below(domain),
            Place::Below(domain) => is_below(domain),
            Place::Network { address, prefix } => {
                host.parse().is_ok_and(|host| bits(host, *prefix) == bits(*address, *prefix))
            }
        };
        is_there && self.port.is_none_or(|wanted| wanted == port)
    }
}

fn bare(text: &str) -> &str {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text)
}

/// The family and the first bits of an address.
fn bits(address: IpAddr, prefix: u8) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (true, u128::from(v4.to_bits().checked_shr(32 - u32::from(prefix.min(32))).unwrap_or(0))),
        IpAddr::V6(v6) => (false, v6.to_bits().checked_shr(128 - u32::from(prefix)).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(rule: &str, origin: &str) -> bool {
        let rules = NoProxy::parse(&[rule.to_owned()]).expect("a good rule");
        rules.covers(&Origin::parse(origin, false).expect("a good origin"))
    }

    #[test]
    fn each_rule_covers_what_it_says_and_no_more() {
        for (rule, inside, outside) in [
            ("*", "http://anything", None),
            ("db.internal", "http://db.internal:8080", Some("http://other.internal")),
            ("db.internal", "http://DB.internal", Some("http://sqldb.internal")),
            ("internal", "http://a.b.internal", Some("http://internal.example")),
            (".internal", "http://db.internal", Some("http://internal")),
            ("*.internal", "http://db.internal", Some("http://internal")),
            ("db:8080", "http://db:8080", Some("http://db:80")),
            ("db:443", "https://db", Some("http://db")),
            ("10.0.0.1", "http://10.0.0.1:9", Some("http://10.0.0.2")),
            ("10.0.0.1:9", "http://10.0.0.1:9", Some("http://10.0.0.1:8")),
            ("10.0.0.0/8", "http://10.200.3.4", Some("http://11.0.0.1")),
            ("0.0.0.0/0", "http://1.2.3.4", Some("http://[::1]")),
            ("::1", "http://[::1]", Some("http://[::2]")),
            ("[::1]:80", "http://[::1]", Some("http://[::1]:81")),
            ("fd00::/8", "http://[fd12::1]", Some("http://[fe80::1]")),
        ] {
            assert!(covers(rule, inside), "{rule} covers {inside}");
            assert!(outside.is_none_or(|outside| !covers(rule, outside)), "{rule} covers {outside:?}");
        }
        assert!(NoProxy::default().covers(&Origin::parse("unix:/a", false).expect("a good origin")));
        assert!(!NoProxy::default().covers(&Origin::parse("http://a", false).expect("a good origin")));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for rule in ["", "http://a", "a b", "10.0.0.0/33", "10.0.0/8", "a:b", ".", "a:99999"] {
            let told = NoProxy::parse(&[rule.to_owned()]).expect_err(rule);
            assert!(told.message.contains(&format!("`{rule}`")), "{told:?}");
        }
    }
}
