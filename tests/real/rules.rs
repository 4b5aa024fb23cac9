//! The rules load: promtool finds nothing wrong, and a real Prometheus evaluates each.

use std::ffi::OsString;

use clearpool_servers::{Promtool, eventually};
use serde_json::Value;

use crate::live::{live, rule_files};

#[test]
fn promtool_finds_nothing_wrong_with_the_rules() {
    let Some(promtool) = Promtool::find() else { return };
    let files = rule_files();
    assert!(!files.is_empty(), "there are no rules");
    let arguments = ["check".into(), "rules".into()].into_iter().chain(files.into_iter().map(OsString::from));
    let said = promtool.run(arguments).unwrap_or_else(|error| panic!("{error}"));
    assert!(!said.contains("0 rules found"), "{said}");
}

#[test]
fn prometheus_evaluates_every_rule() {
    let Some(live) = live() else { return };
    let rules = || -> Vec<Value> {
        let groups = live.queries().ask("/api/v1/rules", &[]).expect("Prometheus answers");
        let groups = groups["groups"].as_array().expect("a list").clone();
        groups.iter().flat_map(|group| group["rules"].as_array().cloned().unwrap_or_default()).collect()
    };
    // Those of long intervals have not had their turn when Prometheus has just begun.
    let rules = eventually("every rule to have its turn", || {
        Some(rules()).filter(|all| all.iter().all(|rule| rule["health"] != "unknown"))
    });
    assert!(!rules.is_empty(), "no rules were loaded");
    let ill = rules.iter().filter(|rule| rule["health"] != "ok");
    let ill: Vec<String> = ill.map(|rule| format!("{}: {}", rule["name"], rule["lastError"])).collect();
    assert!(ill.is_empty(), "{ill:#?}");
}
