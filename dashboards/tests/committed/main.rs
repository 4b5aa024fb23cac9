//! What is committed: up to date, in names that exist, by the rules of Grafana's linter, and true in
//! Prometheus' own tests.

#![forbid(unsafe_code)]

mod files;
mod lamps;
mod linter;
mod names;
mod promtool;
mod runbooks;
mod stack;

use clearpool_dashboards::{artefacts, rules};

use files::{home, read};

#[test]
fn what_is_committed_is_what_the_catalog_says() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for artefact in artefacts(rules::RUNBOOKS) {
        let path = home().join(&artefact.path);
        if update {
            std::fs::write(&path, &artefact.text).expect("it can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found != artefact.text {
            let line = found.lines().zip(artefact.text.lines()).position(|(found, wanted)| found != wanted);
            let line = line.unwrap_or_else(|| found.lines().count().min(artefact.text.lines().count()));
            stale.push(format!("{}, from line {}", artefact.path.display(), line + 1));
        }
    }
    assert!(stale.is_empty(), "stale; write them anew with `just dashboards`:\n  {}", stale.join("\n  "));
}

#[test]
fn nothing_is_committed_that_the_catalog_does_not_say() {
    let known: Vec<_> = artefacts(rules::RUNBOOKS).into_iter().map(|artefact| artefact.path).collect();
    for folder in ["grafana", "prometheus"] {
        for file in files::in_folder(folder) {
            assert!(known.contains(&file), "{} is written by nobody: delete it", file.display());
        }
    }
}

#[test]
fn the_place_of_the_runbooks_can_be_chosen() {
    let alerts =
        artefacts("https://wiki.example/pools/").into_iter().find(|one| one.path.ends_with("clearpool.alerts.yml"));
    let alerts = alerts.expect("the alerts").text;
    assert!(alerts.contains("runbook_url: 'https://wiki.example/pools/ClearpoolSaturated.md'"), "{alerts}");
    assert!(!alerts.contains(rules::RUNBOOKS));
    assert!(read("prometheus/clearpool.alerts.yml").contains(rules::RUNBOOKS));
}
