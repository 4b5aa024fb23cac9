//! The laws of every role, kept by modules as by everybody.

#[path = "modules/written.rs"]
mod written;

use std::path::Path;
use std::sync::LazyLock;

use pool_core::Plugin;
use pool_testkit::{Conformance, json, promise};
use pool_wasm::{ACQUIRE, BALANCE, EVICT, RELEASE};
use written::Folder;

/// The working directory of these tests: the file of the plugins' example is there, which is of all roles.
static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    let folder = Folder::new();
    folder.module("round_robin.wasm", include_str!("wat/round_robin.wat"));
    folder.module("least_loaded.wasm", include_str!("wat/least_loaded.wat"));
    folder.module("of_connections.wasm", include_str!("wat/of_connections.wat"));
    let policy = include_str!("wat/least_loaded.wat");
    let pick = &policy[policy.find("  (func (export \"clearpool_pick\")").expect("it picks")..];
    let of_all = include_str!("wat/of_connections.wat").trim_end();
    let of_all = of_all.strip_suffix(')').expect("the end of the module");
    folder.module("policies/mine.wasm", &format!("{of_all}\n{pick}"));
    std::env::set_current_dir(folder.path()).expect("a folder of ours");
    folder
});

fn conforms(plugin: Plugin, file: &str) {
    assert!(Path::is_dir(FOLDER.path()), "the modules are written before anything is loaded");
    Conformance::of(plugin).options(json!({ "file": file })).assert();
}

#[test]
fn round_robin_keeps_the_laws() {
    conforms(BALANCE, "round_robin.wasm");
}

#[test]
fn least_loaded_keeps_the_laws() {
    conforms(BALANCE, "least_loaded.wasm");
}

#[test]
fn acquire_keeps_the_laws() {
    conforms(ACQUIRE, "of_connections.wasm");
}

#[test]
fn release_keeps_the_laws() {
    conforms(RELEASE, "of_connections.wasm");
}

#[test]
fn evict_keeps_the_laws() {
    conforms(EVICT, "of_connections.wasm");
}

#[test]
fn a_module_that_takes_turns_promises_what_the_native_one_does() {
    assert!(Path::is_dir(FOLDER.path()));
    let subject = || pool_testkit::Subject::new(BALANCE, json!({ "file": "round_robin.wasm" }));
    promise::served_in_order(subject(), &[5, 1, 2], "a b c a b c");
    promise::shares(subject(), &[5, 1, 2], &[1, 1, 1], 0.001);
}
