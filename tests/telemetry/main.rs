//! The telemetry against real counterparts: the OpenTelemetry SDK, a scraper, a collector, a
//! recorder of the `metrics` facade, a browser.

mod applications;
mod browser;
mod collector;
mod conventions;
mod door;
mod events;
mod faults;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod live;
mod notices;
mod oddities;
mod page;
mod prometheus;
mod reference;
mod roads;
mod scenario;
mod scrape;
mod spans;
