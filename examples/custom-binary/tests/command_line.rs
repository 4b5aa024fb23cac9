//! A program of four lines has the whole command line, and all of it knows the policy.

use std::path::Path;
use std::process::{Command, Output};

const POOL: &str = r#"
[pools.orders]
connector = { kind = "tcp" }
balance = { kind = "zone-first", zone = "eu-1" }
endpoints = [
    { id = "far", address = "127.0.0.1:7001", metadata = { zone = "us-1" } },
    { id = "near", address = "127.0.0.1:7002", metadata = { zone = "eu-1" } },
]
"#;

const TRACE: &str = r#"
name: whoever is near serves
endpoints: [{ address: a, metadata: { zone: far } }, { address: b, metadata: { zone: near } }]
pool: { balance: { kind: zone-first, zone: near } }
steps:
  - { acquire: A, dials: 1, grants: { A: 1 } }
"#;

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_custom-binary"));
    command.args(arguments).envs(environment.iter().copied()).output().expect("the binary runs")
}

/// What it says, where all goes well.
#[track_caller]
fn said(arguments: &[&str]) -> String {
    let output = run(arguments, &[]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}\n{out}\n{err}");
    out.into_owned()
}

/// A file with this text, in a folder that goes with the test.
fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn it_is_listed_and_told_of_like_the_others() {
    let list = said(&["list"]);
    let line = list.lines().find(|line| line.starts_with("  zone-first ")).expect("it is listed");
    assert!(line.contains("pool-balance-zone-first") && line.contains("own zone"), "{line}");
    assert!(list.contains("\n  smooth-weighted "), "with ours");
    let alone = said(&["list", "zone-first"]);
    assert!(alone.contains("own-zone, elsewhere") && alone.contains("zone"), "{alone}");
    assert!(said(&["schema"]).contains("\"zone-first\""));
    assert!(said(&["reference", "balance"]).contains("## zone-first"));
}

#[test]
fn a_configuration_with_it_is_checked_and_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = file(folder.path(), "pool.toml", POOL);
    assert!(said(&["check", &pool]).contains("balance zone-first"));
    assert!(said(&["explain", &pool]).contains("zone = \"eu-1\""));
    let wrong = file(folder.path(), "wrong.toml", &POOL.replace("zone =", "zoen =").replace("{ zoen", "{ zone"));
    let refused = run(&["check", &wrong], &[]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("did you mean `zone`?"), "{told}");
}

#[test]
fn a_case_with_it_is_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = file(folder.path(), "zone.yaml", TRACE);
    let told = said(&["trace", &trace]);
    assert!(told.contains("own-zone (zone-first)"), "{told}");
}

#[test]
fn the_demo_plays_with_it() {
    let environment = [("CLEARPOOL_POOLS__ORDERS__BALANCE__KIND", "zone-first")];
    let played = run(&["demo", "--for", "10s", "--plain"], &environment);
    let (out, err) = (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{out}\n{err}");
    assert!(out.contains("zone-first"), "{out}");
}
