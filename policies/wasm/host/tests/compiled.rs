//! The example, compiled from Rust as its author would, run by the host, and held to the laws.

use std::path::{Path, PathBuf};
use std::process::Command;

use pool_core::fixture::Paper;
use pool_core::{Builder, Endpoint};
use pool_testkit::{Conformance, json};
use pool_wasm::{BALANCE, take_notes};

const TARGET: &str = "wasm32-unknown-unknown";

#[test]
fn the_example_is_compiled_and_keeps_the_laws() {
    let Some(file) = compiled() else { return };
    refuses_its_own_way(&file);
    stays_where_it_is(&file);
    // The plugin's own example has its file beside the working directory, and in its place nothing else does.
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("policies")).expect("a folder in ours");
    std::fs::copy(&file, folder.path().join("policies/mine.wasm")).expect("a copy of the module");
    std::env::set_current_dir(folder.path()).expect("a folder of ours");
    Conformance::of(BALANCE)
        .options(json!({ "file": "policies/mine.wasm", "options": { "slack": 1 } }))
        .waive("reasons-are-declared", "the module declares them, and the host takes no others")
        .waive("fast-failures-attract-nothing", "it goes by leases alone")
        .waive("nobody-starves", "it stays with one endpoint until that has more leases than the others")
        .waive("newcomers-are-noticed", "so does it when one joins")
        .waive("places-are-not-people", "and when one takes another's place")
        .assert();
}

fn refuses_its_own_way(file: &Path) {
    let refused = |options| match BALANCE.builder {
        Builder::Balance(build) => build(json!({ "file": file, "options": options })).expect_err("no good"),
        _ => unreachable!("it balances"),
    };
    let error = refused(json!({ "slack": 5000 }));
    assert_eq!(error.to_string(), "options.slack: 5000 leases more is no balance; at most 1000");
    let error = refused(json!({ "slak": 1 }));
    assert!(error.message.contains("unknown field `slak`"), "{error}");
}

fn stays_where_it_is(file: &Path) {
    let Builder::Balance(build) = BALANCE.builder else { unreachable!("it balances") };
    let mut policy = build(json!({ "file": file, "options": { "slack": 2 } })).expect("good options");
    let mut paper = Paper::new();
    let ids = ["a:1", "b:1"].map(|address| paper.endpoint(Endpoint::new(address)));
    let mut words = Vec::new();
    for _ in 0..6 {
        let decision = paper.with_cx(None, |paper, cx| policy.pick(&paper.endpoints_view(), cx));
        let id = decision.choice.expect("one of two");
        paper.with_cx(None, |paper, cx| policy.served(id, &paper.endpoints_view(), cx));
        let conn = paper.idle(id, paper.now());
        paper.lease(conn);
        let name = if id == ids[0] { "a" } else { "b" };
        words.push(format!("{name} {}", decision.reason));
    }
    let expected = ["a least-loaded", "a still-good", "b least-loaded", "b still-good", "b still-good", "b still-good"];
    assert_eq!(words, expected, "{:?}", take_notes());
}

/// The example as a module; `None`, loudly, where Rust's target for it is not installed.
fn compiled() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output().ok()?;
    if !Path::new(String::from_utf8_lossy(&asked.stdout).trim()).is_dir() {
        eprintln!("SKIPPED: the example is not compiled, for {TARGET} is not installed: `rustup target add {TARGET}`");
        return None;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guest");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked", "--target", TARGET, "--package", "pool-wasm-example"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // What is meant for the tests' own build, such as instrumentation, is not for this one.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the example is not compiled");
    Some(target.join(TARGET).join("release/pool_wasm_example.wasm"))
}
