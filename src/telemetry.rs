//! Telemetry: what the pools do, told to whoever is to know.
//!
//! Three roads for metrics, all read from the pools' snapshots and so in agreement: a scrape
//! endpoint for Prometheus, OTLP to a collector, the `metrics` facade. Spans of every lease, wait,
//! dial, eviction and close, through OpenTelemetry. Notices of what is notable, through `tracing`.
//! For when no dashboard is around, a page of its own shows all pools live: see
//! [`TelemetryOptions::page`].
//! All names come from [`pool_core::catalog`]; `docs/telemetry.md` lists them.
//!
//! ```
//! use clearpool::telemetry::{self, TelemetryOptions};
//!
//! let mut options = TelemetryOptions::default();
//! options.prometheus = "127.0.0.1:0".parse().ok();
//! let telemetry = telemetry::init(&options)?;
//! println!("metrics: http://{}/metrics", telemetry.prometheus_address().expect("configured"));
//! // … build pools with `telemetry.observer()` and watch them with `telemetry.hub()` …
//! telemetry.shutdown(std::time::Duration::from_secs(2))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod buckets;
mod clock;
mod complaint;
mod configs;
mod error;
mod exemplars;
mod exposition;
#[cfg(feature = "metrics-facade")]
mod facade;
mod guard;
mod health;
mod hub;
mod label;
mod logs;
mod notices;
mod observers;
mod options;
mod otlp;
mod page;
mod prometheus;
mod scrape;
mod setup;
mod spans;
mod worker;

pub(crate) use configs::{Reloaded, Standing, Status};
pub use error::TelemetryError;
pub use guard::{Guard, Undelivered};
pub use hub::{Hub, SnapshotSource};
pub use options::{OtlpOptions, OtlpProtocol, SpanMode, TelemetryOptions};
pub use setup::{Setup, init};
pub use spans::spans;
