//! The catalog of the telemetry: every metric, span and notice, with name, unit, attributes and
//! meaning.
//!
//! Whoever emits, documents, charts or tests telemetry reads it here, so that no name can drift. A
//! name that is not in the catalog cannot be written down: the catalog's enums are the only way to
//! one. Names are ours alone (`clearpool.…` for metrics, `pool.…` for spans and their attributes);
//! shapes and units follow OpenTelemetry's `db.client.connection.*`. What conventions have names for is told by those
//! besides, if that is asked for: [`Metric::CONVENTIONAL`].

mod attribute;
mod convention;
mod metric;
mod notice;
mod page;
mod sample;
mod span;
mod unit;

pub use attribute::{Attribute, Values};
pub use convention::Convention;
pub use metric::{Kind, LIFETIME_BOUNDS, Metric, Source, TIME_BOUNDS};
pub use notice::{Level, Notice};
pub use page::reference;
pub use sample::{Reading, Sample, Times, Value};
pub use span::{Span, SpanEvent};
pub use unit::Unit;

/// The name of the instrumentation scope of all spans and metrics, and the target of all notices.
pub const SCOPE: &str = "clearpool";

#[cfg(test)]
mod rules;
