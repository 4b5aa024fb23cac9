//! What is told when a policy was made.

use std::ffi::OsStr;
use std::fs;

use crate::bench::{files, home, made, outside, shown};

#[test]
fn outside_it_tells_how_to_try_it_and_how_to_use_it() {
    let outside = outside();
    let at = shown(outside.path());
    let said = made(["some-kind", "--role", "evict", "--path", at, "--clearpool-path", shown(home())]);
    assert_eq!(
        said,
        format!(
            r#"made {at}/pool-evict-some-kind, a policy of the role evict and the kind `some-kind`:
  .github/workflows/ci.yml
  .gitignore
  benches/cost.rs
  README.md
  src/lib.rs
  src/options.rs
  src/policy.rs
  tests/conformance.rs
  Cargo.toml

It passes its tests as it is. What it decides is marked in src/policy.rs: THIS IS THE RULE.

  cd {at}/pool-evict-some-kind
  cargo test

A program that depends on clearpool and on pool-evict-some-kind has it with all else, and `check`, `explain`, `list`,
`schema`, `demo` and `trace` know it:

  fn main() -> std::process::ExitCode {{
      let app = clearpool::App::new().policy(pool_evict_some_kind::PLUGIN);
      clearpool::cli::run(&app, std::env::args_os())
  }}

and a pool of a configuration uses it with

  evict = [{{ kind = "some-kind" }}]
"#
        )
    );
    for file in files(&outside.path().join("pool-evict-some-kind")).keys() {
        assert!(said.contains(&format!("\n  {file}\n")), "{file} is not told of");
    }
}

#[test]
fn until_a_registry_has_clearpool_it_tells_from_where_to_take_it() {
    let outside = outside();
    let at = shown(outside.path());
    for (kind, more) in [("one", &[][..]), ("another", &["--clearpool-version", "0.1"])] {
        let said = made([&[kind, "--role", "evict", "--path", at], more].concat());
        let (_, advice) = said.split_once("Cargo.toml\n\n").expect("the files, and what comes next");
        assert!(
            advice.starts_with(
                "Clearpool is not published yet, and cargo finds no version of it: until it is, make this crate with\n\
                 --clearpool-path DIR or --clearpool-git URL. Made so, it passes its tests as it is.\n\
                 What it decides is marked in src/policy.rs: THIS IS THE RULE.\n"
            ),
            "{said}"
        );
    }
    let said = made(["third", "--role", "evict", "--path", at, "--clearpool-git", "https://example.com/clearpool"]);
    assert!(said.contains("\nIt passes its tests as it is. ") && !said.contains("published"), "{said}");
}

#[test]
fn in_a_workspace_of_somebody_it_says_where_it_is_to_be_added() {
    let outside = outside();
    fs::write(outside.path().join("Cargo.toml"), "[workspace]\n").expect("written");
    let said =
        made([OsStr::new("mine"), "--role".as_ref(), "queue".as_ref(), "--path".as_ref(), outside.path().as_ref()]);
    let advice = format!("It lies in a workspace: add it to `members` in {}/Cargo.toml.", outside.path().display());
    assert!(said.contains(&advice), "{said}");
}

#[test]
fn inside_it_tells_which_lines_are_to_be_added_and_where() {
    let outside = outside();
    fs::write(outside.path().join("Cargo.toml"), "[package]\nname = \"clearpool\"\n[workspace]\n").expect("written");
    // Somewhere inside is enough.
    let inside = outside.path().join("src");
    let said =
        made([OsStr::new("some-kind"), "--role".as_ref(), "balance".as_ref(), "--path".as_ref(), inside.as_ref()]);
    let folder = outside.path().join("policies/balance/some-kind");
    assert!(folder.join("src/policy.rs").is_file() && !folder.join(".github").exists());
    let (_, lines) = said.split_once("these lines make it").expect("lines to be added");
    assert_eq!(
        lines,
        r#" one of the plugins that come with Clearpool:

Cargo.toml
  [features], in `default`
    "balance-some-kind",
  [features]
    balance-some-kind = ["dep:pool-balance-some-kind"]
  [dependencies]
    pool-balance-some-kind = { workspace = true, optional = true }
  [workspace.dependencies]
    pool-balance-some-kind = { path = "policies/balance/some-kind" }
src/plugins.rs, in `list!`
    "balance-some-kind" policy pool_balance_some_kind::PLUGIN;

  cargo test -p pool-balance-some-kind
  cargo run -- schema > docs/clearpool.schema.json
  cargo test -p clearpool --test architecture

A pool of a configuration uses it with

  balance = { kind = "some-kind" }
"#
    );
}

#[test]
fn the_lines_are_those_of_the_policies_that_are_there() {
    let manifest = fs::read_to_string(home().join("Cargo.toml")).expect("our manifest");
    let plugins = fs::read_to_string(home().join("src/plugins.rs")).expect("our plugins");
    for line in [
        "\"acquire-lifo\",",
        "acquire-lifo = [\"dep:pool-acquire-lifo\"]",
        "pool-acquire-lifo = { workspace = true, optional = true }",
        "pool-acquire-lifo = { path = \"policies/acquire/lifo\" }",
    ] {
        assert!(manifest.lines().any(|there| there.trim() == line), "{line}");
    }
    assert!(plugins.contains("\"acquire-lifo\" policy pool_acquire_lifo::PLUGIN;"));
}
