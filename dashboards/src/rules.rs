//! Recording and alert rules for Prometheus, in its YAML.

mod alerts;
mod recording;
mod yaml;

pub use alerts::{ALERT_PREFIX, Alert, Severity};
pub use recording::Recorded;

use yaml::Yaml;

/// Where the runbook pages are, in front of their names. Whoever keeps them elsewhere changes it when
/// the files are written (`--runbooks`), or in the mixin.
pub const RUNBOOKS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/runbooks/");

/// How often rules are evaluated.
const INTERVAL: &str = "30s";

const HEAD: &str = "Written by `cargo run -p clearpool-dashboards` from the catalog in pool-core. Do not edit.";

/// The recording rules, as a file for Prometheus.
pub fn recording_rules() -> String {
    let mut yaml = Yaml::new(HEAD);
    yaml.group("clearpool.rules", INTERVAL);
    for recorded in Recorded::ALL {
        yaml.comment(recorded.meaning());
        yaml.rule("record", recorded.name());
        yaml.expression(&recorded.query());
    }
    yaml.done()
}

/// The alert rules, as a file for Prometheus; `runbooks` is what stands before the name of a page.
pub fn alert_rules(runbooks: &str) -> String {
    let mut yaml = Yaml::new(HEAD);
    yaml.group("clearpool.alerts", INTERVAL);
    for alert in Alert::all() {
        yaml.rule("alert", alert.name);
        yaml.expression(&alert.query);
        yaml.field("for", alert.lasts);
        yaml.table("labels", &[("severity", alert.severity.as_str().to_owned())]);
        yaml.table(
            "annotations",
            &[
                ("summary", alert.summary.to_owned()),
                ("description", alert.description.to_owned()),
                ("runbook_url", format!("{runbooks}{}", alert.page())),
            ],
        );
    }
    yaml.done()
}
