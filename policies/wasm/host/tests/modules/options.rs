//! Options that are no good: ours, and those that the module refuses.

use serde_json::{Value, json};

use crate::parts::{ENGINES, LOOP, options, refused, with};
use crate::written::Folder;

#[test]
fn ours_of_the_wrong_shape() {
    let folder = Folder::new();
    let file = folder.module("mine.wasm", &with(&[]));
    for (key, wrong, words) in [
        ("file", json!(5), "invalid type: integer"),
        ("file", json!(""), "the path of a module"),
        ("options", json!([]), "expected a map"),
        ("options", json!("{}"), "expected a map"),
        ("fuel", json!(-1), "invalid value"),
        ("fuel", json!(0), "without fuel nothing can be decided"),
        ("max_memory", json!(1_048_576), "expected a string"),
        ("max_memory", json!("1MB"), "whole pages of 64KiB"),
        ("max_memory", json!("4096MiB"), "to \"1024MiB\""),
        ("disable_after", json!(0), "at least 1"),
        ("engine", json!("v8"), "expected `wasmi` or `wasmtime`"),
    ] {
        let mut options = options(&file, "wasmi");
        options[key] = wrong.clone();
        let error = refused(options);
        assert!(error.path == [key] && error.message.contains(words), "{key} = {wrong}: {error}");
    }
    let error = refused(json!({}));
    assert!(error.message.contains("missing field `file`"), "{error}");
    let mut options = options(&file, "wasmi");
    options["fule"] = json!(5);
    assert!(refused(options).message.contains("unknown field `fule`"));
}

#[cfg(not(feature = "wasmtime"))]
#[test]
fn an_engine_that_is_not_part_of_the_build() {
    let folder = Folder::new();
    let error = refused(options(&folder.module("mine.wasm", &with(&[])), "wasmtime"));
    assert!(error.path == ["engine"] && error.message.contains("the cargo feature `wasmtime`"), "{error}");
}

/// What is said of options of its own, with every engine.
fn refusal(text: &str, own: &Value) -> (Vec<String>, String) {
    let folder = Folder::new();
    let file = folder.module("mine.wasm", text);
    let said = ENGINES.iter().map(|engine| {
        let mut options = options(&file, engine);
        options["options"] = own.clone();
        let error = refused(options);
        (error.path, error.message)
    });
    said.reduce(|one, other| {
        assert_eq!(one, other, "every engine says the same");
        one
    })
    .expect("there is an engine")
}

fn init(body: &str, data: &str) -> String {
    let init = format!(r#"(func (export "clearpool_init") (param $at i32) (param $length i32) (result i64) {body})"#);
    with(&[("init", &init), ("data", &format!(r#"(data (i32.const 8) "first\nsecond") {data}"#))])
}

#[test]
fn the_module_s_own_words_are_shown() {
    let text = init("(i64.const 0x4000000007)", r#"(data (i32.const 64) "no good")"#);
    assert_eq!(refusal(&text, &json!({})), (vec!["options".into()], "no good".into()));
}

#[test]
fn a_message_that_begins_with_a_key_leads_to_it() {
    let text = init("(i64.const 0x4000000017)", r#"(data (i32.const 64) "keep: not more than 100")"#);
    let path = |own| refusal(&text, &own).0;
    assert_eq!(path(json!({ "keep": 101 })), ["options", "keep"]);
    assert_eq!(path(json!({ "other": 1 })), ["options"]);
    assert_eq!(refusal(&text, &json!({ "keep": 101 })).1, "not more than 100");
}

#[test]
fn they_are_told_as_json() {
    // It gives back what it was told.
    let text = init(
        "(i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $length)))",
        "",
    );
    assert_eq!(refusal(&text, &json!({ "a": [1, "ü"] })).1, r#"{"a":[1,"ü"]}"#);
    assert_eq!(refusal(&text, &json!({})).1, "{}");
}

#[test]
fn many_options_do_not_run_over() {
    let text = init(
        "(i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $length)))",
        "",
    );
    let shown = refusal(&text, &json!({ "a": "x".repeat(60_000) })).1;
    assert_eq!(shown.len(), 4096, "a longer text is cut");
    let none = refusal(&text, &json!({ "a": "x".repeat(600_000) })).1;
    assert!(none.contains("gave no room for"), "{none}");
}

#[test]
fn an_init_that_fails() {
    assert!(refusal(&init("(unreachable)", ""), &json!({})).1.contains("it trapped"));
    assert!(refusal(&init(LOOP, ""), &json!({})).1.contains("clearpool_init used up the 10000000 of fuel"));
    assert!(refusal(&init("(i64.const -2)", ""), &json!({})).1.contains("outside of its memory"));
}

#[test]
fn options_for_a_module_that_takes_none() {
    let (path, message) = refusal(&with(&[("init", "")]), &json!({ "keep": 1 }));
    assert_eq!(path, ["options", "keep"]);
    assert!(message.contains("takes no options"), "{message}");
}
