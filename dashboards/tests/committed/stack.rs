//! What stands around the dashboards: provisioning, the stack in containers, the mixin.

use std::process::Command;

use clearpool_dashboards::panel::TRACES;
use clearpool_dashboards::rules::Alert;
use pool_core::catalog::Attribute;
use serde_json::Value;

use crate::files::{dashboards, home, list, queries, read, text};
use crate::promtool::run_or_skip;

#[test]
fn dots_and_links_lead_to_the_data_source_that_is_provisioned() {
    let sources = read("provisioning/datasources/clearpool.yml");
    assert!(sources.contains(&format!("uid: {TRACES}\n    type: tempo")), "the links lead to `{TRACES}`");
    let destination = format!("- name: {}\n          datasourceUid: {TRACES}", Attribute::Trace.label());
    assert!(sources.contains(&destination), "exemplars are labelled `{}`", Attribute::Trace.label());
}

#[test]
fn the_stack_mounts_what_is_there() {
    let stack = read("compose.yml");
    let mounted: Vec<&str> = stack.split("./").skip(1).filter_map(|part| part.split(':').next()).collect();
    assert!(mounted.len() >= 6, "{mounted:?}");
    for path in mounted {
        assert!(home().join(path).exists(), "compose.yml mounts {path}, which is not there");
    }
}

#[test]
fn the_stack_keeps_exemplars_native_histograms_and_classic_buckets() {
    let stack = read("compose.yml");
    assert!(stack.contains("--enable-feature=exemplar-storage"));
    assert!(stack.contains("--enable-feature=native-histograms"));
    // Else Prometheus drops the buckets that every panel of times reads.
    assert!(read("compose/prometheus.yml").contains("always_scrape_classic_histograms: true"));
}

#[test]
fn the_mixin_has_the_dashboards_and_rules() {
    let Some(all) = jsonnet("{}") else { return };
    for board in dashboards() {
        let found = &all["boards"][format!("{}.json", text(&board, "/uid"))];
        let asked = |board: &Value| queries(board).into_iter().map(|one| (one.place, one.query)).collect::<Vec<_>>();
        assert_eq!(asked(found), asked(&board));
    }
    let alerts = list(&all, "/alerts/groups/0/rules");
    let written = read("prometheus/clearpool.alerts.yml");
    assert_eq!(alerts.len(), Alert::all().len());
    for alert in alerts {
        let runbook = text(alert, "/annotations/runbook_url");
        assert!(written.contains(&format!("runbook_url: '{runbook}'")), "{runbook}");
    }
    assert!(list(&all, "/rules/groups/0/rules").iter().all(|rule| rule.get("record").is_some()));
}

#[test]
fn the_mixin_can_be_configured() {
    let Some(all) = jsonnet("{ runbooks: 'wiki/', tracesUid: 'other', extraTags: ['team'] }") else { return };
    let pool = &all["boards"]["clearpool-pool.json"];
    assert_eq!(list(pool, "/tags").len(), 2);
    let json = pool.to_string();
    assert!(json.contains("%22uid%22%3A%22other%22") && !json.contains("%22uid%22%3A%22tempo%22"));
    assert_eq!(text(&all, "/alerts/groups/0/rules/0/annotations/runbook_url"), "wiki/ClearpoolRefusals.md");
}

/// What the mixin comes to under a configuration.
fn jsonnet(config: &str) -> Option<Value> {
    let program = format!(
        "local mixin = (import 'mixin.libsonnet') + {{ _config+:: {config} }};\n\
         {{ boards: mixin.grafanaDashboards, rules: mixin.prometheusRules, alerts: mixin.prometheusAlerts }}"
    );
    let mut command = Command::new("jsonnet");
    command.args(["--exec", &program]).current_dir(home().join("mixin"));
    let out = run_or_skip("jsonnet", "Debian's package `jsonnet`", &mut command)?;
    Some(serde_json::from_str(&out).expect("JSON"))
}
