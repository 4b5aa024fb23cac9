//! The lamps of the dashboard *Pool*, and the queries of the guide, asked of made-up pools of an hour: what is
//! the cause lights its lamp, what only follows from it does not.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::files::{list, read, text};
use crate::promtool::run_or_skip;

/// What is to be done about each, and the same queries to be pasted into Prometheus.
const GUIDE: &str = include_str!("../../../docs/guides/three-in-the-morning.md");

const LAMPS: [&str; 5] = ["Exhausted?", "Slow backend?", "Leak?", "Sick endpoint?", "Churn?"];

/// A pool of 16 connections in one process, as it is while all is well: in the notation of promtool, a scrape
/// every 30 seconds for an hour. What is different is put over it.
const WELL: [(&str, &str); 13] = [
    (r#"clearpool_connection_max{POOL}"#, "16x120"),
    (r#"clearpool_connection_count{POOL, endpoint="db-1", state="used"}"#, "5x120"),
    (r#"clearpool_connection_count{POOL, endpoint="db-2", state="used"}"#, "2x120"),
    (r#"clearpool_connection_pending_requests{POOL}"#, "0x120"),
    (r#"clearpool_lease_oldest_seconds{POOL}"#, "0.02x120"),
    (r#"clearpool_overdue_leases_total{POOL}"#, "0x120"),
    (r#"clearpool_endpoint_status{POOL, endpoint="db-1", status="broken"}"#, "0x120"),
    (r#"clearpool_acquires_total{POOL, endpoint="db-1", path="ready"}"#, "0+100x120"),
    (r#"clearpool_dials_total{POOL, endpoint="db-1"}"#, "0+1x120"),
    (r#"clearpool_dial_failures_total{POOL, endpoint="db-1"}"#, "0x120"),
    (r#"clearpool_use_time_seconds_bucket{POOL, endpoint="db-1", le="0.025"}"#, "0+100x120"),
    (r#"clearpool_use_time_seconds_bucket{POOL, endpoint="db-1", le="0.5"}"#, "0+100x120"),
    (r#"clearpool_use_time_seconds_bucket{POOL, endpoint="db-1", le="+Inf"}"#, "0+100x120"),
];

/// All connections used, and callers wait, for the last ten minutes.
const FULL: [(&str, &str); 2] = [(r#"db-1", state="used""#, "5x99 14x20"), ("pending_requests", "0x99 30x20")];
/// Leases are held for twenty times as long in the last ten minutes.
const SLOW: (&str, &str) = (r#"le="0.025""#, "0+100x100 10000x19");

/// What is told of each case: what is different, and the lamps that are to be lit.
type Case = (&'static str, Vec<(&'static str, &'static str)>, &'static [&'static str]);

fn cases() -> Vec<Case> {
    let full_and = |more: &[(&'static str, &'static str)]| [&FULL[..], more].concat();
    vec![
        ("all is well", vec![], &[]),
        ("too many callers", full_and(&[]), &["Exhausted?"]),
        ("they wait, but now and then nobody", vec![FULL[0], ("pending_requests", "30x118 0 30")], &[]),
        ("all are used, and nobody waits", vec![FULL[0]], &[]),
        ("they wait for dials", vec![FULL[1]], &[]),
        ("the backend is slow", vec![SLOW], &["Slow backend?"]),
        ("the backend is slow, and so they wait", full_and(&[SLOW]), &["Slow backend?"]),
        ("leases are not given back", vec![("lease_oldest", "0.02x99 30+30x20"), ("overdue", "0x99 3x20")], &["Leak?"]),
        (
            "leases are not given back, and so they wait",
            full_and(&[("lease_oldest", "0.02x99 30+30x20"), ("overdue", "0x99 3x20")]),
            &["Leak?"],
        ),
        ("one is kept, and nothing is set for that", vec![("lease_oldest", "0.02x89 30+30x30")], &["Leak?"]),
        ("a long one, and nothing is set for that", vec![("lease_oldest", "0.02x109 30+30x10")], &[]),
        ("one was kept, and is given back", vec![("lease_oldest", "30+30x99 0.02x20"), ("overdue", "0x80 3x39")], &[]),
        (
            "long leases are usual",
            vec![
                (r#"le="0.025""#, "0x120"),
                (r#"le="0.5""#, "0x120"),
                ("lease_oldest", "4x120"),
                ("overdue", "0+1x120"),
            ],
            &[],
        ),
        (
            "none comes back at all",
            vec![
                ("le=", "0x120"),
                ("acquires", "16x120"),
                ("lease_oldest", "0+30x120"),
                ("overdue", "0 16x119"),
                FULL[0],
                FULL[1],
            ],
            &["Leak?"],
        ),
        ("an endpoint is dead", vec![("status", "0x99 1x20")], &["Sick endpoint?"]),
        (
            "an endpoint fails most dials",
            vec![("dials_total", "0+30x120"), ("dial_failures", "0+29x120")],
            &["Sick endpoint?"],
        ),
        ("one dial fails", vec![("dial_failures", "0x118 1 1")], &[]),
        ("connections serve two leases", vec![("dials_total", "0+50x120")], &["Churn?"]),
        (
            "the application sleeps, and its few leases dial",
            vec![("acquires", "0+2x120"), ("dials_total", "0+2x120")],
            &[],
        ),
    ]
}

#[test]
fn the_lamps_tell_causes_from_what_follows_from_them() {
    let board: Value = serde_json::from_str(&read("grafana/pool.json")).expect("JSON");
    let tests: Vec<Value> = cases().iter().map(|case| test(case, &board)).collect();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lamps.yml");
    let whole = json!({ "rule_files": [], "evaluation_interval": "30s", "tests": tests });
    std::fs::write(&file, whole.to_string()).expect("it can be written");
    run_or_skip(
        "promtool",
        "Debian's package `prometheus`",
        Command::new("promtool").args(["test", "rules"]).arg(&file),
    );
}

/// A case in promtool's words.
fn test((name, different, lit): &Case, board: &Value) -> Value {
    let pool = r#"job="shop", instance="shop-1:9464", pool="orders""#;
    for (part, _) in different {
        assert!(WELL.iter().any(|(series, _)| series.contains(part)), "{name}: no series has `{part}`");
    }
    let series = WELL.iter().map(|(series, well)| {
        let other = different.iter().find(|(part, _)| series.contains(part)).map(|(_, values)| values);
        json!({ "series": series.replace("POOL", pool), "values": other.unwrap_or(well) })
    });
    let asked = LAMPS.iter().zip(queries_of_the_guide()).flat_map(|(lamp, of_guide)| {
        let value = u8::from(lit.contains(lamp));
        [query(board, lamp), of_guide].map(|query| {
            json!({
                "expr": query,
                "eval_time": "60m",
                "exp_samples": [{ "labels": r#"{pool="orders"}"#, "value": value }],
            })
        })
    });
    json!({
        "name": name,
        "interval": "30s",
        "input_series": series.collect::<Vec<_>>(),
        "promql_expr_test": asked.collect::<Vec<_>>(),
    })
}

/// The query of a lamp with an hour shown.
fn query(board: &Value, lamp: &str) -> String {
    let panel = list(board, "/panels").iter().find(|panel| text(panel, "/title") == lamp).expect(lamp);
    let query = text(panel, "/targets/0/expr").replace("$__rate_interval", "2m").replace("$__range", "1h");
    ["$job", "$instance", "$pool"].iter().fold(query, |query, variable| query.replace(variable, ".+"))
}

/// The queries of the guide, as lamps are: one or zero for each pool.
fn queries_of_the_guide() -> Vec<String> {
    let blocks = GUIDE.split("```promql\n").skip(1).filter_map(|part| part.split("```").next());
    let blocks: Vec<&str> = blocks.collect();
    let [exhausted, slow, leak, sick, churn] = blocks.as_slice() else { panic!("not five queries: {blocks:?}") };
    // As the words below the first query say.
    let exhausted = format!("({exhausted}) unless on (job, instance, pool) (({slow}) or ({leak}))");
    [&exhausted, *slow, *leak, *sick, *churn]
        .map(|query| {
            format!("max by (pool) (({query}) > bool 0) or max by (pool) (clearpool_connection_max > bool +Inf)")
        })
        .to_vec()
}

#[test]
fn the_lamps_are_the_first_that_one_sees() {
    let board: Value = serde_json::from_str(&read("grafana/pool.json")).expect("JSON");
    let first: Vec<&str> =
        list(&board, "/panels").iter().take(LAMPS.len()).map(|panel| text(panel, "/title")).collect();
    assert_eq!(first, LAMPS);
    for panel in list(&board, "/panels").iter().take(LAMPS.len()) {
        let link = text(panel, "/fieldConfig/defaults/links/0/url");
        let (page, section) = link.split_once('#').expect("to a section of the guide");
        assert!(page.ends_with("/docs/guides/three-in-the-morning.md"), "{link}");
        let heading = format!("\n## {}\n", section.replace('-', " "));
        assert!(GUIDE.to_lowercase().contains(&heading), "the guide has no section {section}");
    }
}
