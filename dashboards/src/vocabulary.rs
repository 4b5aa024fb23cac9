//! Whether a query uses names that exist: every metric and label, and each label where it is there.
//!
//! A query with a wrong name is no error in Prometheus: it finds nothing, and the panel stays empty
//! until somebody needs it. So each is checked against the catalog when it is written.

mod labels;

use std::collections::BTreeSet;

use pool_core::catalog::{Attribute, Kind, Metric, Values};

use crate::foreign::Foreign;
use crate::promql::label::{ENDPOINT, FAULT, POLICY, POOL, ROLE};
use crate::rules::Recorded;

/// Labels, by name.
pub type Labels = BTreeSet<String>;

/// The labels of what a query finds. Variables of Grafana may stand in it.
///
/// # Errors
///
/// What is wrong with it: it cannot be parsed; a metric or a label is not in the catalog, nor recorded by
/// our rules, nor Prometheus' own; a label is asked for that has been summed away; two sides of an
/// operator can never match.
pub fn labels_of(query: &str) -> Result<Labels, String> {
    let parsed = parse(query)?;
    match labels::of(&parsed)? {
        labels::Found::Vector(labels) => Ok(labels),
        labels::Found::Scalar => Ok(Labels::new()),
    }
}

/// The query, with Grafana's variables of time filled in; others stand within quotes and may stay.
///
/// # Errors
///
/// What the parser says.
pub fn parse(query: &str) -> Result<promql_parser::parser::Expr, String> {
    let filled = query.replace("$__rate_interval", "5m").replace("$__range", "1h").replace("$__interval", "1m");
    promql_parser::parser::parse(&filled).map_err(|error| format!("{error} in {query}"))
}

/// The metric of the catalog whose series has this name, with the suffixes of a histogram.
pub fn metric(series: &str) -> Option<Metric> {
    Metric::ALL.iter().copied().find(|metric| {
        let name = metric.prometheus();
        match series.strip_prefix(&name) {
            Some("") => metric.kind() != Kind::Histogram,
            Some("_bucket" | "_sum" | "_count") => metric.kind() == Kind::Histogram,
            _ => false,
        }
    })
}

/// The labels of a series of this name.
fn labels_of_series(series: &str) -> Result<Labels, String> {
    let mut labels: Labels = ["job", "instance"].map(str::to_owned).into();
    if let Some(metric) = metric(series) {
        labels.extend(metric.attributes().iter().map(|attribute| attribute.label().to_owned()));
        labels.extend(series.ends_with("_bucket").then(|| "le".to_owned()));
    } else if let Some(recorded) = Recorded::ALL.iter().find(|recorded| recorded.name() == series) {
        labels.extend(recorded.labels().iter().map(|label| label.as_str().to_owned()));
    } else if let Some(foreign) = Foreign::ALL.iter().find(|foreign| foreign.name() == series) {
        labels.extend(foreign.labels().iter().map(|&label| label.to_owned()));
        if *foreign == Foreign::Alerts {
            labels.extend([POOL, ENDPOINT, ROLE, POLICY, FAULT].map(|label| label.as_str().to_owned()));
        }
    } else if Metric::ALL.iter().any(|metric| metric.prometheus() == series) {
        return Err(format!("`{series}` is a histogram: ask for its `_bucket`, `_sum` or `_count`"));
    } else {
        return Err(format!("no metric `{series}` in the catalog"));
    }
    Ok(labels)
}

/// The words that a label of a series can have, if they are known one by one.
fn words(series: &str, label: &str) -> Option<Vec<&'static str>> {
    let metric = metric(series)?;
    let attribute = metric.attributes().iter().find(|attribute: &&Attribute| attribute.label() == label)?;
    match attribute.values() {
        Values::OneOf(words) => Some(words),
        _ => None,
    }
}
