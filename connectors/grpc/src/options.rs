//! What the connector can be told.

use std::path::Path;

use pool_connector_tcp::{SocketOptions, TlsOptions};
use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How connections are made, and how calls go over them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GrpcOptions {
    /// How sockets are opened.
    pub socket: SocketOptions,
    /// Speak TLS with addresses that do not say (`host:port`), and how with those that do (`https://…`). Default: no
    /// TLS with the former, and what the system trusts with the latter. Needs the cargo feature `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
    /// How many calls share a connection at most; never more than the server allows. At least 1. Default: as many as
    /// the server allows, by its SETTINGS_MAX_CONCURRENT_STREAMS, which is followed when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_streams: Option<u32>,
    /// Ask servers whether they are serving (`grpc.health.v1`). Default: do not, and take every server that speaks
    /// HTTP/2 for a good one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthOptions>,
    /// HTTP/2 pings that find a peer that is gone without a word. Default: none.
    pub keep_alive: KeepAliveOptions,
    /// Whether windows grow with what the network carries, for large messages over long ways. Default no: 2 MiB for a
    /// call, 5 MiB for a connection.
    pub adaptive_window: bool,
    /// The `:authority` of calls, which servers and proxies tell virtual hosts by. Default: that of the endpoint's
    /// address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// What stands at the front of `user-agent`; this crate's name follows. Default: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The metadata of a call that are its key, for balance policies that hash: the same value leads to the same
    /// endpoint. Hashed by `key_of`, as it goes over the wire. A call may bring a key of its own
    /// (`CallOptions`). Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
    /// How long a call may take that brings no `grpc-timeout` of its own, the wait for a connection included. Default
    /// `never`: as long as it likes.
    pub call_timeout: HumanDuration,
    /// Which failures of a call say that its connection is of no more use. Default `connection-error`.
    pub broken_on: BrokenOn,
}

impl Default for GrpcOptions {
    fn default() -> GrpcOptions {
        GrpcOptions {
            socket: SocketOptions::default(),
            tls: None,
            max_streams: None,
            health: None,
            keep_alive: KeepAliveOptions::default(),
            adaptive_window: false,
            authority: None,
            user_agent: None,
            key_header: None,
            call_timeout: HumanDuration::NEVER,
            broken_on: BrokenOn::default(),
        }
    }
}

/// How servers are asked whether they are serving.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HealthOptions {
    /// The service that is asked about. Default `""`: the server as a whole.
    pub service: String,
    /// Keep asking on each connection, by a stream of its own (`Watch`), which counts among the streams that the server
    /// allows: a connection whose server says that it is not serving gets no more calls, and those that run on it end
    /// in peace. Default no: servers are asked when a connection is made, and by the pool's checks
    /// (`upkeep.check_after_idle`).
    pub watch: bool,
}

/// HTTP/2 pings on connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KeepAliveOptions {
    /// After how long a silence of the peer it is pinged. Servers have a least interval, mostly 5 min, and close
    /// connections that ping more often. Default `never`.
    pub interval: HumanDuration,
    /// How long the answer may take; the connection and its calls fail then. Default 20 s.
    pub timeout: HumanDuration,
    /// Whether connections without calls are pinged. Default no.
    pub while_idle: bool,
}

impl Default for KeepAliveOptions {
    fn default() -> KeepAliveOptions {
        KeepAliveOptions { interval: HumanDuration::NEVER, timeout: HumanDuration::from_secs(20), while_idle: false }
    }
}

/// Which failures of a call say that its connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BrokenOn {
    /// Those of the connection: it was lost, it was reset, its peer broke the rules of HTTP/2.
    #[default]
    ConnectionError,
    /// Every one, be it a status that the server answers with (go-micro).
    AnyError,
}

impl GrpcOptions {
    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> GrpcOptions {
        GrpcOptions { tls: self.tls.map(|tls| tls.relative_to(base)), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        if self.max_streams == Some(0) {
            let message = "a connection for no calls is of no use: at least 1, or nothing for what the server allows";
            return Err(OptionError::new("max_streams", message));
        }
        if self.keep_alive.interval.is_zero() {
            let message = "pings without a pause are an attack; for example \"5m\", or \"never\"";
            return Err(OptionError::new("keep_alive.interval", message));
        }
        if self.keep_alive.timeout.is_zero() || self.keep_alive.timeout.is_never() {
            let message = "an answer takes some time; for example \"20s\"";
            return Err(OptionError::new("keep_alive.timeout", message));
        }
        if self.call_timeout.is_zero() {
            let message = "no call takes no time; for example \"10s\", or \"never\"";
            return Err(OptionError::new("call_timeout", message));
        }
        Ok(())
    }
}
