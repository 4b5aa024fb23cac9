//! What the connector can be told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_connector_tcp::{SocketOptions, TlsOptions};
use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// How connections to Redis are made. What an address says itself (`redis://user@host/2`) comes before these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisOptions {
    /// The number of the database that every lease begins in. Default 0.
    pub database: u32,
    /// The user, for servers with access control lists. Needs a password. Default: the server's `default`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file with the password, read anew at each dial, so that it may change while the pool lives. White space at
    /// its end does not count. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The protocol. Default `resp2`.
    pub protocol: Resp,
    /// What the server's `CLIENT LIST` calls the connections: printable, without spaces. Default: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// How long an answer may take; the connection is closed then. Commands that wait by themselves, as `BLPOP` does,
    /// may take as long as they like. Default 5 s.
    pub response_timeout: HumanDuration,
    /// When a connection that comes back is put in order. Default `dirty`.
    pub reset: ResetWhen,
    /// So many leases share each connection, whose commands go out one behind the other: at least 1. Default: none, a
    /// lease has its connection to itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplex: Option<u32>,
    /// How sockets are opened.
    pub socket: SocketOptions,
    /// Speak TLS, to addresses without `rediss://` too. Default: only to those, with the certificates that the system
    /// trusts. Needs the cargo feature `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
}

impl Default for RedisOptions {
    fn default() -> RedisOptions {
        RedisOptions {
            database: 0,
            username: None,
            password: None,
            password_file: None,
            protocol: Resp::default(),
            client_name: None,
            response_timeout: HumanDuration::from_secs(5),
            reset: ResetWhen::default(),
            multiplex: None,
            socket: SocketOptions::default(),
            tls: None,
        }
    }
}

/// The version of Redis' protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Resp {
    /// Version 2, which every server speaks. Messages of subscriptions cannot be received: see
    /// `RedisConnection::on_push`.
    #[default]
    Resp2,
    /// Version 3, from Redis 6 on.
    Resp3,
}

/// When a connection that comes back is put in order, before the next lease has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ResetWhen {
    /// If the lease has left something: see the crate's documentation.
    #[default]
    Dirty,
    /// Besides, every lease ends with a round trip by which the connection proves that it answers.
    Always,
}

impl RedisOptions {
    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> RedisOptions {
        RedisOptions {
            password_file: self.password_file.map(|path| base.join(path)),
            tls: self.tls.map(|tls| tls.relative_to(base)),
            ..self
        }
    }

    /// The time that an answer may take; `None`: any.
    pub(crate) fn patience(&self) -> Option<Duration> {
        (!self.response_timeout.is_never()).then(|| self.response_timeout.get())
    }

    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let say = |key, message: &str| Err(OptionError::new(key, message));
        if self.password.is_some() && self.password_file.is_some() {
            return say("password_file", "there is `password` besides, and only one can be meant: leave one out");
        }
        if self.response_timeout.is_zero() {
            return say("response_timeout", "no answer comes in no time; for example \"5s\", or \"never\"");
        }
        if self.multiplex == Some(0) {
            return say("multiplex", "a connection that no lease may have is of no use; at least 1, or no such key");
        }
        match &self.client_name {
            Some(name) if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) => say(
                "client_name",
                "Redis takes a name of printable ASCII letters without spaces; for example \"orders\"",
            ),
            _ => Ok(()),
        }
    }
}
