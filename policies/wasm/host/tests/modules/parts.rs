//! A good module in parts, each of which a test can replace or leave out.

use std::path::Path;

use pool_core::{AcquirePolicy, BalancePolicy, Builder, EvictPolicy, OptionError, Plugin, ReleasePolicy};
use pool_wasm::{ACQUIRE, BALANCE, EVICT, RELEASE};
use serde_json::{Value, json};

use crate::written::Folder;

/// The engines of this build.
pub(crate) const ENGINES: &[&str] = if cfg!(feature = "wasmtime") { &["wasmi", "wasmtime"] } else { &["wasmi"] };

/// Each part by its name, in the order of a module.
const PARTS: [(&str, &str); 8] = [
    ("import", ""),
    ("memory", r#"(memory (export "memory") 2)"#),
    ("data", r#"(data (i32.const 8) "first\nsecond") (data (i32.const 64) "no good")"#),
    ("abi", r#"(func (export "clearpool_abi") (result i32) (i32.const 1))"#),
    ("buffer", r#"(func (export "clearpool_buffer") (param i32) (result i32) (i32.const 1024))"#),
    ("reasons", r#"(func (export "clearpool_reasons") (param i32 i32) (result i64) (i64.const 0x80000000c))"#),
    ("init", r#"(func (export "clearpool_init") (param i32 i32) (result i64) (i64.const 0))"#),
    ("rest", r#"(func (export "clearpool_pick") (param i32 i32) (result i64) (i64.const 0))"#),
];

/// A good balance policy, which picks the first with the first reason, with these parts instead.
pub(crate) fn with(parts: &[(&str, &str)]) -> String {
    for (name, _) in parts {
        assert!(PARTS.iter().any(|(part, _)| part == name), "there is no part called {name}");
    }
    let chosen = |name: &str, good| parts.iter().find(|(part, _)| *part == name).map_or(good, |(_, text)| *text);
    let parts = PARTS.map(|(name, good)| chosen(name, good));
    format!("(module {})", parts.join("\n"))
}

/// One whose pick is this.
pub(crate) fn picks(body: &str) -> String {
    with(&[("rest", &format!(r#"(func (export "clearpool_pick") (param i32 i32) (result i64) {body})"#))])
}

/// One with these functions, each under its name and with its body.
pub(crate) fn has(functions: &[(&str, &str)]) -> String {
    let written = |(name, body): &(&str, &str)| {
        format!(r#"(func (export "clearpool_{name}") (param i32 i32) (result i64) {body})"#)
    };
    with(&[("rest", &functions.iter().map(written).collect::<Vec<_>>().join("\n"))])
}

/// An endless loop.
pub(crate) const LOOP: &str = "(loop $on (br $on)) (unreachable)";

/// Options for a module at this path.
pub(crate) fn options(file: &Path, engine: &str) -> Value {
    json!({ "file": file, "engine": engine, "disable_after": 3 })
}

/// Why a module is refused.
pub(crate) fn refused(options: Value) -> OptionError {
    match BALANCE.builder {
        Builder::Balance(build) => build(options).expect_err("it is no good"),
        _ => unreachable!("it balances"),
    }
}

/// Why a module given as text is refused, with every engine.
pub(crate) fn refusals(text: &str) -> Vec<OptionError> {
    let folder = Folder::new();
    let file = folder.module("mine.wasm", text);
    ENGINES.iter().map(|engine| refused(options(&file, engine))).collect()
}

macro_rules! made {
    ($name:ident, $plugin:ident, $role:ident, $policy:ident) => {
        /// The policy in a module given as text.
        pub(crate) fn $name(text: &str, engine: &str) -> Box<dyn $policy> {
            let folder = Folder::new();
            let options = options(&folder.module("mine.wasm", text), engine);
            build(&$plugin, options, |plugin, options| match plugin.builder {
                Builder::$role(build) => build(options),
                _ => unreachable!("it has this role"),
            })
        }
    };
}

made!(balance, BALANCE, Balance, BalancePolicy);
made!(acquire, ACQUIRE, Acquire, AcquirePolicy);
made!(release, RELEASE, Release, ReleasePolicy);
made!(evict, EVICT, Evict, EvictPolicy);

fn build<P: ?Sized>(
    plugin: &Plugin,
    options: Value,
    made: impl Fn(&Plugin, Value) -> Result<Box<P>, OptionError>,
) -> Box<P> {
    made(plugin, options).unwrap_or_else(|error| panic!("it is good: {error}"))
}
