//! What the source can be told.

use std::time::Duration;

use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which name is looked up, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DnsOptions {
    /// A host and a port, as in `orders.example.com:7001`, or a service, as in `_grpc._tcp.orders.example.com`. The
    /// whole name: no search domain is put behind it.
    pub name: String,
    /// What is looked up. Default `auto`: by the name.
    #[serde(default)]
    pub records: Records,
    /// Which addresses count. Default `prefer-v4`.
    #[serde(default)]
    pub family: Family,
    /// The servers that are asked, in turn until one answers: `10.0.0.2`, `10.0.0.2:53`, `[fd00::2]:53`. Default: those
    /// of `/etc/resolv.conf`, which is read anew for each look-up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
    /// How long a server may take to answer. Each is asked twice before it is given up. Default 2 s.
    #[serde(default = "two_seconds")]
    pub timeout: HumanDuration,
    /// The time from one look-up to the next, at least, whatever the TTL says; from 100 ms. Default 5 s.
    #[serde(default = "five_seconds")]
    pub min_interval: HumanDuration,
    /// The time from one look-up to the next, at most, whatever the TTL says. Default 5 min.
    #[serde(default = "five_minutes")]
    pub max_interval: HumanDuration,
    /// How long servers must say that there is nothing under the name until the pool's endpoints are taken away.
    /// Default `never`: the last ones stay.
    #[serde(default = "never")]
    pub empty_after: HumanDuration,
}

/// What is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Records {
    /// Servers of a service where the name begins with `_`, else addresses of a host.
    #[default]
    Auto,
    /// Addresses of a host (A, AAAA); the name has a port.
    Address,
    /// Servers of a service (SRV); the name has no port.
    Srv,
}

/// Which addresses count. A host with one of each family is one host: with `both` it is two endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// Those of IPv4; where there are none, those of IPv6.
    #[default]
    PreferV4,
    /// Those of IPv6; where there are none, those of IPv4.
    PreferV6,
    /// Those of IPv4.
    V4,
    /// Those of IPv6.
    V6,
    /// All.
    Both,
}

fn two_seconds() -> HumanDuration {
    HumanDuration::from_secs(2)
}

fn five_seconds() -> HumanDuration {
    HumanDuration::from_secs(5)
}

fn five_minutes() -> HumanDuration {
    HumanDuration::from_secs(300)
}

fn never() -> HumanDuration {
    HumanDuration::NEVER
}

impl DnsOptions {
    /// A name that the servers of the system are asked for.
    pub fn new(name: impl Into<String>) -> DnsOptions {
        DnsOptions {
            name: name.into(),
            records: Records::default(),
            family: Family::default(),
            servers: Vec::new(),
            timeout: two_seconds(),
            min_interval: five_seconds(),
            max_interval: five_minutes(),
            empty_after: never(),
        }
    }

    /// The same with these servers.
    #[must_use]
    pub fn servers<S: Into<String>>(self, servers: impl IntoIterator<Item = S>) -> DnsOptions {
        DnsOptions { servers: servers.into_iter().map(Into::into).collect(), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.timeout.is_zero() || self.timeout.is_never() {
            let message = "an answer takes some time, and one that is lost never comes; for example \"2s\"";
            return Err(OptionError::new("timeout", message));
        }
        if *self.min_interval < SHORTEST {
            let message = format!("{} would keep the servers busy; at least \"100ms\"", self.min_interval);
            return Err(OptionError::new("min_interval", message));
        }
        if self.min_interval.is_never() {
            return Err(OptionError::new("min_interval", "the name would be looked up only once; for example \"5s\""));
        }
        if self.max_interval.is_never() {
            let message = "a TTL may be of years, and no change would be seen in that time; for example \"5m\"";
            return Err(OptionError::new("max_interval", message));
        }
        if self.max_interval < self.min_interval {
            let message = format!(
                "{} is less than `min_interval`, which is {}; make it that long at least",
                self.max_interval, self.min_interval
            );
            return Err(OptionError::new("max_interval", message));
        }
        Ok(())
    }
}

const SHORTEST: Duration = Duration::from_millis(100);
