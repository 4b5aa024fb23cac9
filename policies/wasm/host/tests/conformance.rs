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
    // What takes turns and what goes by connections, in one.
    let turns = include_str!("wat/round_robin.wat");
    let pick = &turns[turns.find("  (func (export \"clearpool_pick\")").expect("it picks")..];
    let of_all = include_str!("wat/of_connections.wat").trim_end().strip_suffix(')').expect("the end of the module");
    folder.module("policies/mine.wasm", &format!("{of_all}\n(global $next (mut i32) (i32.const 0))\n{pick}"));
    std::env::set_current_dir(folder.path()).expect("a folder of ours");
    folder
});

/// The laws, but for one: the words of a module are not known before it is loaded.
fn conforming(plugin: Plugin, file: &str) -> Conformance {
    assert!(Path::is_dir(FOLDER.path()), "the modules are written before anything is loaded");
    Conformance::of(plugin)
        .options(json!({ "file": file }))
        .waive("reasons-are-declared", "the module declares them, and the host takes no others")
}

#[test]
fn round_robin_keeps_the_laws() {
    conforming(BALANCE, "round_robin.wasm").assert();
}

#[test]
fn least_loaded_keeps_the_laws() {
    conforming(BALANCE, "least_loaded.wasm").waive("fast-failures-attract-nothing", "it goes by leases alone").assert();
}

#[test]
fn acquire_keeps_the_laws() {
    conforming(ACQUIRE, "of_connections.wasm").assert();
}

#[test]
fn release_keeps_the_laws() {
    conforming(RELEASE, "of_connections.wasm").assert();
}

#[test]
fn evict_keeps_the_laws() {
    conforming(EVICT, "of_connections.wasm").assert();
}

#[test]
fn a_module_that_takes_turns_promises_what_the_native_one_does() {
    assert!(Path::is_dir(FOLDER.path()));
    let subject = || pool_testkit::Subject::new(BALANCE, json!({ "file": "round_robin.wasm" }));
    promise::served_in_order(subject(), &[5, 1, 2], "a b c a b c");
    promise::shares(subject(), &[5, 1, 2], &[1, 1, 1], 0.001);
}
