//! `clearpool demo --traces` starts a viewer and sends it the spans.

use std::os::unix::fs::PermissionsExt;

use clearpool_servers::{LONG, Launch, Rotel};

use crate::printed::{Span, spans};

/// The demo with nothing on the search path but this directory and what a shell needs.
fn demo(launch: Launch, path: &std::path::Path) -> Launch {
    let path = format!("{}:/usr/bin:/bin", path.display());
    launch.env("PATH", path).args(["demo", "--traces", "--plain", "--for", "10s"])
}

fn launch() -> Launch {
    Launch::new("the demo", env!("CARGO_BIN_EXE_clearpool"))
}

/// The viewer is a stand-in that tells where a real collector is.
#[test]
fn the_demo_starts_a_viewer_and_sends_it_its_spans() {
    let Some(rotel) = Rotel::find() else { return };
    let rotel = rotel.start();
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("trace-ui");
    let script = format!("#!/bin/sh\necho {}/\ncat\n", rotel.http());
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("it is ours");

    let demo = demo(launch(), directory.path()).start();
    let is_whole = |spans: &[Span]| {
        let below = |outer: &str, inner: &str| {
            let mut outer = spans.iter().filter(|span| span.name == outer);
            outer.any(|outer| spans.iter().any(|span| span.name == inner && span.is_child_of(outer)))
        };
        below("request", "pool.lease") && below("pool.lease", "pool.wait")
    };
    let arrived = rotel.process().until(LONG, |log| Some(spans(&log.output())).filter(|spans| is_whole(spans)));
    let arrived = arrived.unwrap_or_else(|error| panic!("{error}"));
    assert!(arrived.iter().all(|span| span.attribute("pool.name").is_none_or(|name| name == "orders")));
    let line = format!("traces     {}/", rotel.http());
    demo.until(LONG, |log| log.output().contains(&line).then_some(())).expect("it tells where they are");
    // The log is on, and stands nobody in the way.
    demo.until(LONG, |log| log.text().contains("is not taken").then_some(())).expect("it tells of the mistake");
}

#[test]
fn without_a_viewer_the_demo_says_where_one_is_had() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let demo = demo(launch(), nowhere.path()).start();
    assert_eq!(demo.wait(LONG).code(), Some(1));
    let told = demo.log().text();
    assert!(
        told.contains("scripts/install-servers trace-ui") && told.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{told}"
    );
}
