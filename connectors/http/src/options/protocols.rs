//! Options of one version of HTTP.

use std::time::Duration;

use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioTimer;
use pool_core::{HumanDuration, OptionError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What concerns HTTP/1.1 only.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Http1Options {
    /// The most headers of a response, 1 or more. Default 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_headers: Option<usize>,
    /// The most bytes that are buffered of a connection, of which the head of a response is a part: 8192 or more.
    /// Default: 400 KiB or so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_buffer: Option<usize>,
    /// Whether headers are written `Like-This`, for servers that want it so. Default no.
    pub title_case_headers: bool,
}

/// What concerns HTTP/2 only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Http2Options {
    /// The most requests at once on a connection, 1 or more, even if its server allows more
    /// (`SETTINGS_MAX_CONCURRENT_STREAMS`). Default: as many as the server allows, 65536
    /// where it sets no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_streams: Option<u32>,
    /// So many bytes of a response a server may send ahead of its reader, 1 to 2147483647. Default 2 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_window: Option<u32>,
    /// The same for all responses of a connection together. Default 5 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_window: Option<u32>,
    /// Whether the two windows follow what the network can carry; the two sizes are not heeded then. Default no.
    pub adaptive_window: bool,
    /// The largest frame that a server may send, 16384 to 16777215 bytes. Default 16384.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_frame: Option<u32>,
    /// The most bytes of the headers of a response. Default 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_header_list: Option<u32>,
    /// After how long a silence the server is pinged while there are requests: how a dead server is noticed.
    /// Default `never`.
    pub ping_interval: HumanDuration,
    /// How long the answer to a ping may take; the connection is closed then. Default 20 s.
    pub ping_timeout: HumanDuration,
    /// Whether it is pinged without requests too. Some servers take that amiss. Default no.
    pub ping_while_idle: bool,
}

impl Default for Http2Options {
    fn default() -> Http2Options {
        Http2Options {
            max_streams: None,
            stream_window: None,
            connection_window: None,
            adaptive_window: false,
            max_frame: None,
            max_header_list: None,
            ping_interval: HumanDuration::NEVER,
            ping_timeout: HumanDuration::from_secs(20),
            ping_while_idle: false,
        }
    }
}

impl Http1Options {
    pub(super) fn check(&self) -> Result<(), OptionError> {
        at_least("http1.max_headers", self.max_headers, 1)?;
        at_least("http1.max_buffer", self.max_buffer, LEAST_BUFFER)
    }

    pub(crate) fn builder(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder.title_case_headers(self.title_case_headers);
        if let Some(most) = self.max_headers {
            builder.max_headers(most);
        }
        if let Some(most) = self.max_buffer {
            builder.max_buf_size(most);
        }
        builder
    }
}

impl Http2Options {
    pub(super) fn check(&self) -> Result<(), OptionError> {
        at_least("http2.max_streams", self.max_streams, 1)?;
        within("http2.stream_window", self.stream_window, 1, MOST_WINDOW)?;
        within("http2.connection_window", self.connection_window, 1, MOST_WINDOW)?;
        within("http2.max_frame", self.max_frame, 16_384, 16_777_215)?;
        at_least("http2.max_header_list", self.max_header_list, 1)?;
        if self.ping_interval.is_zero() {
            return Err(OptionError::new(
                "http2.ping_interval",
                "it cannot be zero; for example \"30s\", or \"never\"",
            ));
        }
        if self.ping_timeout.is_zero() || self.ping_timeout.is_never() {
            return Err(OptionError::new("http2.ping_timeout", "an answer takes some time; for example \"20s\""));
        }
        Ok(())
    }

    pub(crate) fn builder<E: Clone>(&self, executor: E) -> http2::Builder<E> {
        let mut builder = http2::Builder::new(executor);
        builder.timer(TokioTimer::new());
        builder.initial_stream_window_size(self.stream_window);
        builder.initial_connection_window_size(self.connection_window);
        builder.max_frame_size(self.max_frame);
        if let Some(most) = self.max_header_list {
            builder.max_header_list_size(most);
        }
        if self.adaptive_window {
            builder.adaptive_window(true);
        }
        if !self.ping_interval.is_never() {
            builder.keep_alive_interval(self.ping_interval.get().min(LONGEST));
            builder.keep_alive_timeout(self.ping_timeout.get().min(LONGEST));
            builder.keep_alive_while_idle(self.ping_while_idle);
        }
        builder
    }
}

/// hyper's own.
const LEAST_BUFFER: usize = 8192;

/// hyper adds times to the present: they must not be so long that this overflows.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// RFC 9113, section 6.9.1.
const MOST_WINDOW: u32 = (1 << 31) - 1;

fn at_least<N: PartialOrd + std::fmt::Display>(key: &str, value: Option<N>, least: N) -> Result<(), OptionError> {
    match value {
        Some(value) if value < least => Err(OptionError::new(key, format!("{value} is less than {least}"))),
        _ => Ok(()),
    }
}

fn within(key: &str, value: Option<u32>, least: u32, most: u32) -> Result<(), OptionError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(OptionError::new(key, format!("{value} is not from {least} to {most}")))
        }
        _ => Ok(()),
    }
}
