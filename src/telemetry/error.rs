//! Why the telemetry could not begin.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use pool_core::OptionError;

/// Why the telemetry could not begin. Nothing of it runs then.
#[derive(Debug)]
#[non_exhaustive]
pub enum TelemetryError {
    /// Options make no sense.
    Options(Vec<OptionError>),
    /// The collector's address, of the options or the environment, cannot be used.
    Collector(String),
    /// What `RUST_LOG` says is no log directive.
    Log(String),
    /// The scrape endpoint could not be bound, most often since the port is in use.
    Prometheus {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// There is no thread or runtime to be had.
    Thread(io::Error),
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TelemetryError::Options(mistakes) => {
                let mistakes: Vec<_> = mistakes.iter().map(|mistake| format!("telemetry.{mistake}")).collect();
                f.write_str(&mistakes.join("; "))
            }
            TelemetryError::Collector(why) => write!(f, "the collector for OTLP: {why}"),
            TelemetryError::Log(why) => write!(f, "RUST_LOG: {why}"),
            TelemetryError::Prometheus { address, source } => {
                write!(f, "the scrape endpoint cannot listen on {address}: {source}; port 0 takes a free one")
            }
            TelemetryError::Thread(source) => write!(f, "no thread for the telemetry: {source}"),
        }
    }
}

impl std::error::Error for TelemetryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TelemetryError::Prometheus { source, .. } | TelemetryError::Thread(source) => Some(source),
            _ => None,
        }
    }
}
