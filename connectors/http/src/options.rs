//! What the connector can be told.

mod protocols;

pub use protocols::{Http1Options, Http2Options};

use std::path::Path;

use http::uri::Authority;
use pool_connector_tcp::{SocketOptions, TlsOptions};
use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ProxyOptions;
use crate::no_proxy::NoProxy;

/// How requests are sent, and how the connections for them are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Which HTTP is spoken. Default `auto`.
    pub version: HttpVersion,
    /// What every server is called in requests (`host`, `:authority`), with its port if it has one. Default: as the
    /// endpoint's address or the request's URI says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The forward proxy through which connections go: `"http://user:password@proxy:3128"`, or a table with `url`,
    /// `user` and `password`. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyOptions>,
    /// Where connections go directly although there is a proxy: hosts (`"db.internal"`), domains with all that is
    /// below them (`".internal"`), addresses (`"10.0.0.1"`) and networks (`"10.0.0.0/8"`), each with a port or
    /// without (`"db:8080"`); `"*"` for everywhere. Default: nowhere.
    pub no_proxy: Vec<String>,
    /// How long the head of a response may take, from when its request begins to be sent. Default `never`: as long as
    /// the caller waits.
    pub response_timeout: HumanDuration,
    /// How long the next piece of a response's body may take, from when it is asked for. Default `never`.
    pub body_timeout: HumanDuration,
    /// When a request is sent again that met a connection which its server had closed. Default `once`.
    pub retry: Retries,
    /// What a balance policy is told of an answer from 500 to 599. Default `failed`.
    pub server_errors: ServerErrors,
    /// The header of a request that is its key, for balance policies that hash: the same value leads to the same
    /// endpoint. Hashed by `key_of`. A request may bring a key of its own
    /// (`RequestOptions`). Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
    /// The path of a `HEAD` request by which an idle connection is checked (`upkeep.check_after_idle`): any answer
    /// below 500 will do. Default: none; then a check only looks whether the connection is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_path: Option<String>,
    /// How sockets are opened.
    pub socket: SocketOptions,
    /// How TLS is spoken with origins of `https`. An address without a scheme means `https` where this is given.
    /// Default: with servers that the system trusts. Needs the cargo feature `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsOptions>,
    /// What concerns HTTP/1.1 only.
    pub http1: Http1Options,
    /// What concerns HTTP/2 only.
    pub http2: Http2Options,
    /// How origins join and leave a pool whose endpoints come with the requests.
    pub origins: OriginOptions,
}

impl Default for HttpOptions {
    fn default() -> HttpOptions {
        HttpOptions {
            version: HttpVersion::Auto,
            host: None,
            proxy: None,
            no_proxy: Vec::new(),
            response_timeout: HumanDuration::NEVER,
            body_timeout: HumanDuration::NEVER,
            retry: Retries::Once,
            server_errors: ServerErrors::Failed,
            key_header: None,
            check_path: None,
            socket: SocketOptions::default(),
            tls: None,
            http1: Http1Options::default(),
            http2: Http2Options::default(),
            origins: OriginOptions::default(),
        }
    }
}

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HttpVersion {
    /// Over TLS what the server picks, HTTP/2 or HTTP/1.1; without TLS HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS by prior knowledge.
    Http2,
}

/// When a request is sent again.
///
/// Whatever this says, that is done only where it does no harm. Nothing of the request was written, or the server says
/// itself that it has not processed it (HTTP/2: `REFUSED_STREAM`, `GOAWAY`). Or the connection broke before the first
/// byte of the answer, and the request is idempotent: GET, HEAD, OPTIONS, TRACE, or one with the header
/// `idempotency-key` or `x-idempotency-key`. In each case its body must be there still: none, one that
/// [can be had again](crate::RequestBody), or one that nobody had begun to send. And the connection must have been
/// reused: one straight from its dial had no time to go stale, so that another would fail like it; but where the
/// server says that it has not processed the request. These are the rules of Go's net/http.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Retries {
    /// Never.
    Never,
    /// Once, on a connection that does not lie in the pool. What the server has not processed is sent up to seven
    /// times, as with net/http, with pauses that grow.
    #[default]
    Once,
    /// On whatever connection comes, until one straight from its dial has failed too; up to seven times.
    UntilFresh,
}

/// What a balance policy is told of an answer from 500 to 599. The connection is kept in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ServerErrors {
    /// That the request failed, so that one that heeds this sends less there.
    #[default]
    Failed,
    /// That it went well: the server has answered.
    Ok,
}

/// How origins join and leave a pool whose endpoints come with the requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OriginOptions {
    /// The most origins at once, 1 to 100000. One more costs another its place that has no request, the one unused
    /// for longest; if all have, the request fails. Default 1000.
    pub most: u32,
    /// How long an origin may have no connection and no request before it leaves. Default 90 s.
    pub forget_after: HumanDuration,
}

impl Default for OriginOptions {
    fn default() -> OriginOptions {
        OriginOptions { most: 1000, forget_after: HumanDuration::from_secs(90) }
    }
}

impl HttpOptions {
    /// The same with relative paths meant from `base`, as those of a configuration file are.
    #[must_use]
    pub fn relative_to(self, base: &Path) -> HttpOptions {
        HttpOptions { tls: self.tls.map(|tls| tls.relative_to(base)), ..self }
    }

    /// What makes no sense, wherever TLS and sockets are not concerned.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        self.host()?;
        NoProxy::parse(&self.no_proxy)?;
        for (key, time) in [("response_timeout", self.response_timeout), ("body_timeout", self.body_timeout)] {
            if time.is_zero() {
                return Err(OptionError::new(key, "no answer comes in no time; for example \"30s\", or \"never\""));
            }
        }
        if !(1..=MOST_ORIGINS).contains(&self.origins.most) {
            let told = format!("{} is not from 1 to {MOST_ORIGINS}", self.origins.most);
            return Err(OptionError::new("origins.most", told));
        }
        let is_path = |path: &String| path.starts_with('/') && path.parse::<http::uri::PathAndQuery>().is_ok();
        if self.check_path.as_ref().is_some_and(|path| !is_path(path)) {
            return Err(OptionError::new("check_path", "it is no path; it begins with `/`, as in `/healthz`"));
        }
        self.http1.check()?;
        self.http2.check()
    }

    /// What every server is called, if this is given.
    pub(crate) fn host(&self) -> Result<Option<Authority>, OptionError> {
        let Some(host) = &self.host else { return Ok(None) };
        match host.parse::<Authority>() {
            Ok(authority) if !host.contains('@') => Ok(Some(authority)),
            _ => {
                Err(OptionError::new("host", "it is no host; for example `orders.internal` or `orders.internal:8080`"))
            }
        }
    }
}

/// Each request looks its origin up, and so does the pool, one after the other.
const MOST_ORIGINS: u32 = 100_000;
