//! The rules in Prometheus' own tests: each alert fires and is silent, each recording rule has a value.

use std::process::Command;

use clearpool_dashboards::rules::{Alert, Recorded};
use clearpool_dashboards::vocabulary::labels_of;

use crate::files::{home, in_folder, read};

const RULES: [&str; 2] = ["clearpool.rules.yml", "clearpool.alerts.yml"];

#[test]
fn prometheus_takes_the_rules() {
    promtool(&["check", "rules", RULES[0], RULES[1]]);
}

#[test]
fn the_rules_pass_their_tests() {
    let files: Vec<String> = tests().iter().map(|name| format!("tests/{name}")).collect();
    let arguments: Vec<&str> = ["test", "rules"].into_iter().chain(files.iter().map(String::as_str)).collect();
    promtool(&arguments);
}

#[test]
fn every_alert_is_tested_firing_and_silent() {
    for alert in Alert::all() {
        let test = read(&format!("prometheus/tests/{}.yml", alert.name));
        let cases: Vec<&str> = test.split("\n  - name: ").skip(1).collect();
        assert!(cases.iter().all(|case| case.contains(&format!("alertname: {}\n", alert.name))), "{}", alert.name);
        let silent = cases.iter().filter(|case| case.contains("exp_alerts: []")).count();
        assert!(silent >= 1, "{} is nowhere silent", alert.name);
        assert!(cases.len() > silent, "{} fires nowhere", alert.name);
    }
}

#[test]
fn every_recording_rule_is_tested() {
    let test = read("prometheus/tests/recording.yml");
    for recorded in Recorded::ALL {
        let (name, expression) = (recorded.name(), format!("expr: {}\n", recorded.name()));
        assert!(test.contains(&expression), "{name} has no value in recording.yml");
    }
}

#[test]
fn the_tests_feed_series_that_exist() {
    for name in tests() {
        for line in read(&format!("prometheus/tests/{name}")).lines() {
            if let Some(series) = line.trim().strip_prefix("- series: '").and_then(|rest| rest.strip_suffix('\'')) {
                assert!(labels_of(series).is_ok(), "{name}: {series}: {:?}", labels_of(series));
            }
        }
    }
}

fn tests() -> Vec<String> {
    let files = in_folder("prometheus/tests");
    files.iter().filter_map(|file| Some(file.file_name()?.to_str()?.to_owned())).collect()
}

/// Runs promtool beside the rules. Without it the test is skipped, loudly; where servers are required,
/// that fails.
fn promtool(arguments: &[&str]) {
    run_or_skip(
        "promtool",
        "Debian's package `prometheus`",
        Command::new("promtool").args(arguments).current_dir(home().join("prometheus")),
    );
}

/// Runs a tool that may be missing.
pub(crate) fn run_or_skip(tool: &str, has_it: &str, command: &mut Command) -> Option<String> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(
                std::env::var_os("CLEARPOOL_REQUIRE_SERVERS").is_none(),
                "there is no {tool}, and CLEARPOOL_REQUIRE_SERVERS is set: install {has_it}"
            );
            eprintln!("\n!!! SKIPPED: there is no {tool} to check with; {has_it} has it\n");
            return None;
        }
        Err(error) => panic!("{tool}: {error}"),
    };
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{tool} is not content:\n{out}\n{errors}");
    Some(out.into_owned())
}
