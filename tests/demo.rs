//! `clearpool demo` as people start it, but not in a terminal.
#![cfg(feature = "demo")]

use std::process::Output;
use std::time::Duration;

use tokio::process::Command;

/// Plays it, for a few times as long as it may take.
async fn demo(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearpool"));
    // With a log, which other threads write to the standard error.
    command.arg("demo").args(args).env("CLEARPOOL_TELEMETRY__LOG", "info").kill_on_drop(true);
    let played = tokio::time::timeout(Duration::from_secs(120), command.output()).await;
    played.expect("it ends").expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// What the demo promises, one line each, in the order in which it is played.
const PROMISES: [&str; 13] = [
    "shares are as the weights, within 1 %",
    "nobody is refused while all is well",
    "a dead server is dialed at most 100 times a second",
    "the others serve on",
    "who comes back is used again, once its back-off is over",
    "a mistake is reported and changes nothing",
    "a change is taken live",
    "connections survive a change",
    "no acquire fails but for the killed server",
    "who waits is served before its time-out",
    "the limit holds",
    "the books balance",
    "a drain leaves nothing open",
];

#[tokio::test]
async fn the_demo_names_its_addresses_plays_and_holds_every_promise() {
    let output = demo(&["--for", "10s"]).await;
    let told = text(&output.stdout);
    let log = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}\n{log}");
    let mut lines = told.lines();
    let (page, metrics) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    assert!(page.starts_with("page       http://127.0.0.1:") && page.ends_with('/'), "{page}");
    assert!(metrics.starts_with("metrics    http://127.0.0.1:") && metrics.ends_with("/metrics"), "{metrics}");
    let verdicts: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("  held    ")).collect();
    let names: Vec<&str> = verdicts.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(names, PROMISES, "{told}");
    assert!(!told.contains("BROKEN") && told.trim_end().ends_with("Everything held."), "{told}");
    for step in
        ["server b is killed", "server b is back", "there is no acquire policy called `fifoo`", "acquire lifo -> fifo"]
    {
        assert!(told.contains(step), "{step}: {told}");
    }
    assert!(log.contains("the pool was reconfigured"), "the log is written meanwhile: {log}");
}

#[tokio::test]
async fn a_comparison_tells_both_rates_and_exits_by_their_ratio() {
    let output = demo(&["--compare-unpooled", "--for", "2s"]).await;
    let told = text(&output.stdout);
    let rounds: Vec<&str> = told.lines().filter(|line| line.starts_with("round ")).collect();
    assert_eq!(rounds.len(), 3, "{told}");
    for round in rounds {
        let numbers: Vec<f64> = round.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        assert!(numbers.len() >= 2 && numbers.iter().all(|&rate| rate > 0.0), "{round}");
        assert!(round.contains("with the pool") && round.contains("with a fresh connection each"), "{round}");
    }
    let ratio = told.lines().find_map(|line| line.strip_prefix("the pool serves ")).expect("a ratio");
    let ratio: f64 = ratio.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    if !(0.99..=1.01).contains(&ratio) {
        assert_eq!(output.status.code(), Some(if ratio > 1.0 { 0 } else { 1 }), "{told}");
    }
}

#[tokio::test]
async fn a_demo_that_is_too_short_for_its_promises_is_refused() {
    let output = demo(&["--for", "3s"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--for 10s"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_problem_names_its_addresses_its_lamp_and_its_runbook_and_is_seen_by_the_pool() {
    let output = demo(&["--problem", "leak", "--for", "15s"]).await;
    let (told, log) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}\n{log}");
    let mut lines = told.lines();
    let (page, metrics) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    assert!(page.starts_with("page       http://127.0.0.1:") && metrics.starts_with("metrics    http://"), "{told}");
    for word in ["all is well", "leak: some callers", "Leak?", "docs/runbooks/ClearpoolLeaseHeldTooLong.md"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!told.contains("NOT SEEN") && told.trim_end().ends_with("The pool saw it."), "{told}");
    assert!(log.contains("a lease is held for longer than it should be"), "the log names it: {log}");
}
