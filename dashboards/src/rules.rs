//! Recording and alert rules for Prometheus, in its YAML.

mod alerts;
mod recording;
mod yaml;

pub use alerts::{ALERT_PREFIX, Alert, Severity};
pub use recording::Recorded;

use serde_json::{Value, json};
use yaml::{Yaml, broken};

/// Where the runbook pages are, in front of their names. Whoever keeps them elsewhere changes it when
/// the files are written (`--runbooks`), or in the mixin.
pub const RUNBOOKS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/runbooks/");

/// How often rules are evaluated.
const INTERVAL: &str = "30s";

const RULES: &str = "clearpool.rules";
const ALERTS: &str = "clearpool.alerts";

const HEAD: &str = "Written by `cargo run -p clearpool-dashboards` from the catalog in pool-core. Do not edit.";

/// The recording rules, as a file for Prometheus.
pub fn recording_rules() -> String {
    let mut yaml = Yaml::new(HEAD);
    yaml.group(RULES, INTERVAL);
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
    yaml.group(ALERTS, INTERVAL);
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

/// All rules once more in JSON, which jsonnet can import; its readers of YAML differ. Where the runbooks
/// are is left to the mixin.
pub(crate) fn for_mixin() -> Value {
    let rules =
        Recorded::ALL.iter().map(|recorded| json!({ "expr": broken(&recorded.query()), "record": recorded.name() }));
    let alerts = Alert::all().into_iter().map(|alert| {
        json!({
            "alert": alert.name,
            "annotations": { "description": alert.description, "summary": alert.summary },
            "expr": broken(&alert.query),
            "for": alert.lasts,
            "labels": { "severity": alert.severity.as_str() },
        })
    });
    let groups =
        |name, rules: Vec<Value>| json!({ "groups": [{ "interval": INTERVAL, "name": name, "rules": rules }] });
    json!({ "alerts": groups(ALERTS, alerts.collect()), "rules": groups(RULES, rules.collect()) })
}
