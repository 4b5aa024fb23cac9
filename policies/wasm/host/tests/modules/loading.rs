//! What is refused as it is loaded, and the words in which.

use crate::parts::{ENGINES, LOOP, options, refusals, refused, with};
use crate::written::Folder;

/// With every engine, the error is at the file and has all these words.
fn told(text: &str, words: &[&str]) {
    for error in refusals(text) {
        assert_eq!(error.path, ["file"], "{error}");
        let missing: Vec<_> = words.iter().filter(|word| !error.message.contains(**word)).collect();
        assert!(missing.is_empty(), "{missing:?} is not said in: {error}");
    }
}

#[test]
fn what_is_no_file_or_no_module() {
    let folder = Folder::new();
    let whole = wat::parse_str(with(&[])).expect("a module in the text format");
    let (_, half) = (folder.file("whole.wasm", &whole), &whole[..whole.len() / 2]);
    for (name, bytes, word) in [
        ("text.wasm", "(module)".as_bytes(), "the text format is not taken"),
        ("empty.wasm", b"", "is empty"),
        ("short.wasm", b"\0as", "it does not begin as one"),
        ("component.wasm", b"\0asm\x0d\0\x01\0", "Policies are core modules"),
        ("truncated.wasm", half, "is no valid module"),
        ("rubbish.wasm", b"\0asm\x01\0\0\0 what is this?", "is no valid module"),
    ] {
        let file = folder.file(name, bytes);
        for engine in ENGINES {
            let error = refused(options(&file, engine));
            assert!(error.path == ["file"] && error.message.to_lowercase().contains(&word.to_lowercase()), "{error}");
            assert!(error.message.contains(name), "the file is named: {error}");
        }
    }
    let missing = refused(options(&folder.path().join("nowhere.wasm"), "wasmi"));
    assert!(missing.message.contains("nowhere.wasm cannot be read: No such file"), "{missing}");
    let folder = refused(options(folder.path(), "wasmi"));
    assert!(folder.message.ends_with("is no file"), "{folder}");
}

#[test]
fn one_cut_off_anywhere_is_refused() {
    let folder = Folder::new();
    let whole = wat::parse_str(with(&[])).expect("a module in the text format");
    for length in 0..whole.len() {
        let file = folder.file("cut.wasm", &whole[..length]);
        for engine in ENGINES {
            let error = refused(options(&file, engine));
            assert_eq!(error.path, ["file"], "cut off at {length}: {error}");
        }
    }
}

#[test]
fn a_file_that_is_too_large() {
    let folder = Folder::new();
    let mut large = wat::parse_str(with(&[])).expect("a module in the text format");
    large.resize((16 << 20) + 1, 0);
    let error = refused(options(&folder.file("large.wasm", &large), "wasmi"));
    assert!(error.message.contains("larger than the 16 MiB"), "{error}");
}

#[test]
fn another_version_of_the_interface() {
    let other = r#"(func (export "clearpool_abi") (result i32) (i32.const 2))"#;
    told(&with(&[("abi", other)]), &["speaks version 2", "this host version 1"]);
    // It is told before anything else that another version may have otherwise.
    told(&with(&[("abi", other), ("rest", ""), ("reasons", "")]), &["speaks version 2"]);
}

#[test]
fn an_export_that_is_missing() {
    for (part, name) in [
        ("abi", "`clearpool_abi`, which must be () -> i32"),
        ("buffer", "`clearpool_buffer`, which must be (i32) -> i32"),
        ("reasons", "`clearpool_reasons`, which must be (i32, i32) -> i64"),
        ("rest", "`clearpool_pick`, by which it would be a policy of the role balance"),
    ] {
        told(&with(&[(part, "")]), &["has no export", name]);
    }
    told(&with(&[("memory", ""), ("data", "")]), &["has no export `memory`, which must be a memory"]);
}

#[test]
fn an_export_with_another_signature() {
    for (part, text, words) in [
        ("abi", r#"(func (export "clearpool_abi") (result i64) (i64.const 1))"#, "`clearpool_abi` as () -> i64"),
        ("abi", r#"(global (export "clearpool_abi") i32 (i32.const 1))"#, "`clearpool_abi` as a global"),
        (
            "buffer",
            r#"(func (export "clearpool_buffer") (param i64) (result i32) (i32.const 8))"#,
            "`clearpool_buffer` as (i64) -> i32; it must be (i32) -> i32",
        ),
        (
            "rest",
            r#"(func (export "clearpool_pick") (param i32) (result i64) (i64.const 0))"#,
            "`clearpool_pick` as (i32) -> i64; it must be (i32, i32) -> i64",
        ),
        (
            "init",
            r#"(func (export "clearpool_init") (param i32 i32))"#,
            "`clearpool_init` as (i32, i32) -> (); it must be (i32, i32) -> i64",
        ),
        ("memory", r#"(memory 2) (func (export "memory"))"#, "`memory` as () -> (); it must be a memory"),
    ] {
        told(&with(&[(part, text)]), &[words]);
    }
    // Also one that is not needed.
    let served = r#"(func (export "clearpool_pick") (param i32 i32) (result i64) (i64.const 0))
                    (func (export "clearpool_served") (param i32))"#;
    told(&with(&[("rest", served)]), &["`clearpool_served` as (i32) -> ()"]);
}

#[test]
fn an_import_that_is_not_ours() {
    for (import, words) in [
        (r#"(import "env" "abort" (func))"#, "imports `env.abort`"),
        (
            r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#,
            "imports `wasi_snapshot_preview1.fd_write`",
        ),
        (r#"(import "clearpool" "open" (func (param i32)))"#, "imports `clearpool.open`"),
        (r#"(import "env" "memory" (memory 1))"#, "imports `env.memory`"),
        (r#"(import "clearpool" "log" (func (param i32)))"#, "as (i32) -> (); it is (i32, i32) -> ()"),
        (r#"(import "clearpool" "log" (global i32))"#, "imports `clearpool.log` as a global"),
    ] {
        let memory = if import.contains("memory") { "" } else { r#"(memory (export "memory") 2)"# };
        let data = if memory.is_empty() { "" } else { r#"(data (i32.const 8) "first")"# };
        told(&with(&[("import", import), ("memory", memory), ("data", data)]), &[words]);
    }
}

#[test]
fn a_start_that_does_not_end_or_fails() {
    let start = |body: &str| with(&[("import", &format!("(func $start {body}) (start $start)"))]);
    told(&start(LOOP), &["cannot be started", "its start used up the 10000000 of fuel", "endless loop"]);
    told(&start("(unreachable)"), &["cannot be started", "it trapped", "unreachable"]);
}

#[test]
fn an_endless_loop_in_each_call_of_the_load() {
    let abi = format!(r#"(func (export "clearpool_abi") (result i32) {LOOP})"#);
    told(&with(&[("abi", &abi)]), &["does not say its version", "clearpool_abi used up"]);
    let reasons = format!(r#"(func (export "clearpool_reasons") (param i32 i32) (result i64) {LOOP})"#);
    told(&with(&[("reasons", &reasons)]), &["does not say its reasons", "clearpool_reasons used up"]);
}

#[test]
fn more_memory_than_it_may_have() {
    told(&with(&[("memory", r#"(memory (export "memory") 65536)"#)]), &["4194304 KiB of memory", "max_memory is 4MiB"]);
    told(&with(&[("memory", r#"(memory (export "memory") 65)"#)]), &["begins with 4160 KiB"]);
    // One that nobody else sees is limited all the same.
    told(&with(&[("memory", "(memory 65)"), ("data", "")]), &[]);
}

#[test]
fn more_of_other_things_than_it_may_have() {
    told(&with(&[("import", "(table 100000000 funcref)")]), &["cannot be started"]);
}

#[test]
fn reasons_that_are_no_words() {
    let told_of = |list: &str, words: &[&str]| {
        let data = format!("(data (i32.const 8) \"{list}\")");
        let length = list.replace("\\n", "\n").len();
        let reasons = format!(
            r#"(func (export "clearpool_reasons") (param i32 i32) (result i64) (i64.const {}))"#,
            (8_u64 << 32) + length as u64
        );
        told(&with(&[("data", &data), ("reasons", &reasons)]), words);
    };
    told_of("", &["declares no reason"]);
    told_of("Least Loaded", &["\"Least Loaded\"", "kebab-case"]);
    told_of(&vec!["a"; 16].join("\\n"), &["declares 16 reasons", "at most 15"]);
    told_of(&"x".repeat(41), &["at most 40 letters"]);
    let outside = r#"(func (export "clearpool_reasons") (param i32 i32) (result i64) (i64.const -1))"#;
    told(&with(&[("reasons", outside)]), &["has its reasons outside of its memory"]);
}

#[test]
fn a_module_of_another_role() {
    let folder = Folder::new();
    let file = folder.module("mine.wasm", &with(&[]));
    let pool_core::Builder::Evict(build) = pool_wasm::EVICT.builder else { unreachable!("it evicts") };
    let error = build(options(&file, "wasmi")).expect_err("it balances");
    assert!(error.message.contains("has no export `clearpool_expires` or `clearpool_victim`"), "{error}");
    assert!(error.message.ends_with("a policy of the role evict"), "{error}");
}
