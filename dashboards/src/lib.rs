//! Grafana dashboards, recording and alert rules for Clearpool, drawn from the catalog of its
//! telemetry.
//!
//! Every metric and label comes from [`pool_core::catalog`] by type, so that no name can drift. What is
//! written is committed beside the code, so that nobody has to run this to use it; a test holds that
//! both agree.
//!
//! - [`boards`]: the five dashboards, one file each; [`rules`]: recording and alert rules.
//! - [`measure`]: what both ask of a pool, said once.
//! - [`promql`], [`panel`], [`dashboard`], [`variable`]: the words they are written in.
//! - [`vocabulary`]: whether a query, ours or anybody's, uses names that exist.

#![forbid(unsafe_code)]

pub mod boards;
pub mod dashboard;
pub mod foreign;
pub mod measure;
pub mod panel;
pub mod promql;
pub mod rules;
pub mod variable;
pub mod vocabulary;

use std::path::PathBuf;

/// A file that is written from the catalog.
#[derive(Debug, Clone)]
pub struct Artefact {
    /// Where it lies, within `dashboards/`.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// Every file that is written from the catalog; `runbooks` is what stands before the name of a page in
/// the alerts, [`rules::RUNBOOKS`] in what is committed.
pub fn artefacts(runbooks: &str) -> Vec<Artefact> {
    let file = |path: String, text| Artefact { path: path.into(), text };
    let boards =
        boards::all().into_iter().map(|board| file(format!("grafana/{}.json", board.name), pretty(board.json())));
    let rules = [
        file("prometheus/clearpool.rules.yml".to_owned(), rules::recording_rules()),
        file("prometheus/clearpool.alerts.yml".to_owned(), rules::alert_rules(runbooks)),
        file("mixin/prometheus.json".to_owned(), pretty(rules::for_mixin())),
    ];
    boards.chain(rules).collect()
}

/// Indented, and every object in the order of its keys, so that a change of one panel is a change of
/// those lines only.
fn pretty(mut json: serde_json::Value) -> String {
    json.sort_all_objects();
    format!("{json:#}\n")
}
