//! Each alert has a page that says what it means, how to confirm it, what to do, and what it is not.

use std::fs;
use std::path::PathBuf;

use clearpool_dashboards::boards;
use clearpool_dashboards::rules::Alert;
use clearpool_dashboards::vocabulary::labels_of;

use crate::files::home;

const PARTS: [&str; 4] = ["## What it means", "## How to confirm it", "## What to do", "## What it is not"];

fn folder() -> PathBuf {
    home().join("../docs/runbooks")
}

fn page(alert: &Alert) -> String {
    let path = folder().join(alert.page());
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_alert_has_its_page_and_every_page_its_alert() {
    let mut found: Vec<String> = fs::read_dir(folder())
        .expect("docs/runbooks")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "README.md")
        .collect();
    let mut wanted: Vec<String> = Alert::all().iter().map(Alert::page).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_page_has_its_four_parts_with_something_in_each() {
    for alert in Alert::all() {
        let page = page(&alert);
        assert!(page.starts_with(&format!("# {}\n", alert.name)), "{}", alert.name);
        let mut rest = page.as_str();
        for part in PARTS {
            let (_, after) =
                rest.split_once(part).unwrap_or_else(|| panic!("{}: no `{part}` in its place", alert.name));
            let body = after.split("\n## ").next().unwrap_or("");
            assert!(body.trim().len() > 80, "{}: `{part}` says too little", alert.name);
            rest = after;
        }
        let severity = format!("Severity: {}.", alert.severity.as_str());
        assert!(page.contains(&severity), "{}: the page does not say `{severity}`", alert.name);
    }
}

#[test]
fn a_page_names_panels_and_queries_that_exist() {
    for alert in Alert::all() {
        names_what_exists(alert.name, &page(&alert));
    }
}

#[test]
fn so_does_the_guide_for_three_in_the_morning() {
    let guide = fs::read_to_string(home().join("../docs/guides/three-in-the-morning.md")).expect("the guide");
    assert_eq!(names_what_exists("the guide", &guide), 5, "a query for each problem");
}

/// Whether every panel and every query is there; says how many queries.
fn names_what_exists(name: &str, page: &str) -> usize {
    let (boards, line) = (boards::all(), page.replace('\n', " "));
    let mut panels = 0;
    // Panels are written *Dashboard › Panel*.
    for named in line.split('*').filter(|part| part.contains(" › ")) {
        let (board, panel) = named.split_once(" › ").expect("just seen");
        let found = boards.iter().find(|one| one.title.ends_with(board)).expect(named);
        assert!(found.panels.iter().any(|one| one.title() == panel), "{name}: no panel {named}");
        panels += 1;
    }
    assert!(panels > 0, "{name} names no panel to confirm it with");
    let queries: Vec<&str> = page.split("```promql\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    assert!(!queries.is_empty(), "{name} has no query to confirm it with");
    for query in &queries {
        assert!(labels_of(query).is_ok(), "{name}: {:?}", labels_of(query));
    }
    queries.len()
}
