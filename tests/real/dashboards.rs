//! Every query of every dashboard has data while the demo plays, and the checker that says so can fail.

use std::path::{Path, PathBuf};

use crate::checker::{Report, check, check_directory};
use crate::dashboard::Dashboard;
use crate::live::{Live, dashboards, files, live};
use crate::may_be_empty::{MayBeEmpty, NAME};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/sample")
}

#[test]
fn every_query_of_the_dashboards_has_data_from_a_live_demo() {
    let Some(live) = live() else { return };
    let directory = dashboards().join("grafana");
    let boards = files(&directory, &["json"]).len();
    let report = check_directory(&directory, &dashboards().join(NAME), live);
    assert!(report.findings.is_empty(), "{} findings:\n{}", report.findings.len(), report.findings.join("\n"));
    assert!(boards > 0 && report.asked > boards, "{} queries in {boards} files", report.asked);
    println!("{} queries of {boards} files have data", report.asked);
}

#[test]
fn every_query_of_the_sample_has_data() {
    let Some(live) = live() else { return };
    let report = check_directory(&sample(), &sample().join(NAME), live);
    assert_eq!(report.findings, [] as [String; 0]);
    assert_eq!(report.asked, 5 + 4, "variables, and queries of panels and annotations");
}

/// Checks the sample with one word exchanged.
fn with(from: &str, to: &str, live: &Live) -> Report {
    let text = std::fs::read_to_string(sample().join("sample.json")).expect("the sample");
    assert!(text.contains(from), "the sample has no {from}");
    let board = Dashboard::parse(&text.replace(from, to)).expect("a dashboard");
    check(&[board], &MayBeEmpty::read(&sample().join(NAME)), live)
}

#[test]
fn each_planted_mistake_is_found_and_nothing_else() {
    let Some(live) = live() else { return };
    for (from, to, found) in [
        // A name, a label to select by, one to add up by, one to show.
        ("clearpool_acquires_total", "clearpool_acquirez_total", ["`Acquires`", "no data"]),
        (
            r#"pool=\"$pool\"}[$__rate_interval]))","#,
            r#"pol=\"$pool\"}[$__rate_interval]))","#,
            ["`Acquires`", "no data"],
        ),
        ("sum by (pool, endpoint)", "sum by (pool, endpiont)", ["`Acquires`", "the legend shows `endpoint`"]),
        ("{{ endpoint }}", "{{ endpiont }}", ["`Acquires`", "the legend shows `endpiont`"]),
        (r#""titleFormat": "{{endpoint}}""#, r#""titleFormat": "{{endpiont}}""#, ["broke`", "shows `endpiont`"]),
        // Nothing but NaN, for there are no buckets to add up.
        ("sum by (le) (rate(", "sum by (le) (0 * rate(", ["`Wait`", "no data"]),
        // What may be empty has to be a query all the same.
        ("rate(clearpool_policy_faults_total[", "rate(clearpool_policy_faults_total)[", ["`Faults", "parse error"]),
        // Variables.
        ("uptime_seconds, job)", "uptime, job)", ["variable `job`", "it has no values"]),
        ("[$__rate_interval])))", "[$__rat_interval])))", ["`Wait`", "no variable `$__rat_interval`"]),
        (r#""query": "label_values("#, r#""query": "label_valeus("#, ["variable `job`", "does not know"]),
    ] {
        let report = with(from, to, live);
        let first = report.findings.first().unwrap_or_else(|| panic!("`{to}` was not noticed"));
        assert!(found.iter().all(|part| first.contains(part)), "`{to}`: {:#?}", report.findings);
        // A variable that is lost is missed by everything that it stands in.
        assert!(report.findings.len() == 1 || first.contains("variable `"), "`{to}`: {:#?}", report.findings);
    }
}

#[test]
fn an_empty_panel_has_to_be_in_the_list_and_the_list_names_what_there_is() {
    let Some(live) = live() else { return };
    let board = || Dashboard::read(&sample().join("sample.json"));
    let report = check(&[board()], &MayBeEmpty::default(), live);
    assert!(report.findings.len() == 1 && report.findings[0].contains("`Faults of policies`"), "{report:#?}");
    let list = r#"[{"dashboard": "sample", "panel": "Faults of policies", "target": "A", "why": "none"},
                   {"dashboard": "sample", "panel": "Gone", "why": "it was there once"},
                   {"dashboard": "sample", "panel": "Wait", "target": "Z", "why": "it was there once"}]"#;
    let report = check(&[board()], &MayBeEmpty::parse(list).expect("a list"), live);
    let [gone, target] = report.findings.as_slice() else { panic!("{report:#?}") };
    assert!(
        gone.contains("names `Gone` of `sample`") && target.contains("`Wait`, target Z of `sample`"),
        "{report:#?}"
    );
    assert!(MayBeEmpty::parse(r#"[{"dashboard": "sample", "panel": "Wait"}]"#).is_err(), "without a why");
}

#[test]
fn a_panel_that_asks_for_nothing_is_no_panel() {
    let board = r#"{"uid": "a", "panels": [{"type": "stat", "title": "Nothing", "targets": []}]}"#;
    assert!(Dashboard::parse(board).expect_err("nothing").contains("`Nothing` asks for nothing"));
}
