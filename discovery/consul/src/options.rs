//! What the source can be told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_connector_tcp::{SocketOptions, TlsOptions};
use pool_core::{HumanDuration, OptionError, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which service, and how Consul is asked for its instances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsulOptions {
    /// The name of the service.
    pub service: String,
    /// Where the agent is: `http://host:port`, `https://host:port` or `unix:/path`. Default `http://127.0.0.1:8500`.
    #[serde(default = "local_agent")]
    pub address: String,
    /// The token by which Consul knows us. It must be allowed `service:read` on the service and `node:read` on its
    /// nodes: where it is not, Consul answers as if there were none. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// A file with that token, read anew for each query. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The datacenter that is asked for. Default: the agent's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacenter: Option<String>,
    /// Tags that an instance must have, all of them. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Metadata that an instance's node must have, all of it. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub node_meta: BTreeMap<String, String>,
    /// An expression that an instance must fulfil, in Consul's filter language:
    /// `Service.Meta.version == "2"`. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Which instances are healthy. Default `passing`.
    #[serde(default)]
    pub health: Health,
    /// Of the healthy ones, only those whose checks all pass, while there are any; else those that warn; those that
    /// fail last. Makes a difference only where `health` is not `passing`. Default false.
    #[serde(default)]
    pub prefer_passing: bool,
    /// Where instances are registered and none is healthy: keep those that last were and still are registered.
    /// Checks that fail everywhere at once say more about the checks, and an endpoint that may serve is better than
    /// none. Default true.
    #[serde(default = "yes")]
    pub keep_last: bool,
    /// How long there must be no endpoint, not even one that is kept, until the pool's are taken away: a Consul that
    /// has lost its data fills up again within a minute. Default 1 min; `0s` is at once, `never` keeps the last.
    #[serde(default = "minute")]
    pub empty_after: HumanDuration,
    /// How fresh an answer must be. Default `stale`.
    #[serde(default)]
    pub consistency: Consistency,
    /// How long Consul may wait for a change before it answers that there is none; 1 s to 10 min. It adds up to a
    /// sixteenth, so that not all are answered at once. Default 5 min.
    #[serde(default = "five_minutes")]
    pub wait: HumanDuration,
    /// How long an answer may take, name and connection included, beyond what Consul waits on purpose. Default 10 s.
    #[serde(default = "ten_seconds")]
    pub timeout: HumanDuration,
    /// The time from one query to the next, at least: 10 ms to 10 s. It doubles with each answer in a row that comes
    /// early and brings nothing new, up to 2 s, or to this if it is more. Default 100 ms.
    #[serde(default = "tenth")]
    pub min_interval: HumanDuration,
    /// How the agent's socket is opened.
    #[serde(default)]
    pub socket: SocketOptions,
    /// How TLS is spoken with an agent at `https://`. Needs the cargo feature `tls`. Default: with whom the system
    /// trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
}

/// Which instances are healthy: by the worst of the checks of the instance and its node. Maintenance is a check that
/// fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Health {
    /// Those whose checks all pass.
    #[default]
    Passing,
    /// Those of whose checks none fails. One that warns has the weight that it registered for this.
    PassingOrWarning,
    /// All. One that fails weighs as one that warns.
    Any,
}

/// How fresh an answer must be: Consul's consistency modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Consistency {
    /// Any server may answer, also while there is no leader: a moment late at most, and the load is spread.
    #[default]
    Stale,
    /// The leader answers. One that is deposed and does not know it yet may answer as well.
    Default,
    /// The leader answers, and makes sure before that it is the leader: a round trip between servers for each query.
    Consistent,
}

fn local_agent() -> String {
    "http://127.0.0.1:8500".to_owned()
}

fn yes() -> bool {
    true
}

fn minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}

fn five_minutes() -> HumanDuration {
    HumanDuration::from_secs(300)
}

fn ten_seconds() -> HumanDuration {
    HumanDuration::from_secs(10)
}

fn tenth() -> HumanDuration {
    HumanDuration::from_millis(100)
}

impl ConsulOptions {
    /// The passing instances of a service, as the agent of this machine knows them.
    pub fn new(service: impl Into<String>) -> ConsulOptions {
        ConsulOptions {
            service: service.into(),
            address: local_agent(),
            token: None,
            token_file: None,
            datacenter: None,
            tags: Vec::new(),
            node_meta: BTreeMap::new(),
            filter: None,
            health: Health::default(),
            prefer_passing: false,
            keep_last: true,
            empty_after: minute(),
            consistency: Consistency::default(),
            wait: five_minutes(),
            timeout: ten_seconds(),
            min_interval: tenth(),
            socket: SocketOptions::default(),
            tls: None,
        }
    }

    /// The same with another agent.
    #[must_use]
    pub fn address(self, address: impl Into<String>) -> ConsulOptions {
        ConsulOptions { address: address.into(), ..self }
    }

    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> ConsulOptions {
        ConsulOptions {
            token_file: self.token_file.map(|path| base.join(path)),
            tls: self.tls.map(|tls| tls.relative_to(base)),
            ..self
        }
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.service.is_empty() {
            return Err(OptionError::new("service", "the name of a service is wanted, as it is registered"));
        }
        if self.token_file.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            return Err(OptionError::new("token_file", "the path of a file is wanted"));
        }
        within("wait", self.wait, Duration::from_secs(1), Duration::from_secs(600))?;
        within("min_interval", self.min_interval, Duration::from_millis(10), Duration::from_secs(10))?;
        if self.timeout.is_zero() || self.timeout.is_never() {
            let message = "an answer takes some time, and one that is lost never comes; for example \"10s\"";
            return Err(OptionError::new("timeout", message));
        }
        Ok(())
    }
}

fn within(key: &str, value: HumanDuration, least: Duration, most: Duration) -> Result<(), OptionError> {
    if (least..=most).contains(&value.get()) {
        return Ok(());
    }
    let (least, most) = (HumanDuration::from(least), HumanDuration::from(most));
    Err(OptionError::new(key, format!("{value} is out of range: from \"{least}\" to \"{most}\"")))
}
