//! What is made compiles at once, passes its tests, and leaves nothing to the lints.

use std::fs;

use clearpool::core::Role;

use crate::bench::{Builds, KIND, home, in_workspace, outside, standalone, workspace_like_ours};

/// The packages of all roles, as arguments of cargo.
fn packages() -> Vec<String> {
    Role::ALL.map(|role| format!("--package=pool-{}-{KIND}", role.as_str())).into()
}

#[test]
fn each_role_passes_its_tests_and_the_lints_outside_of_the_workspace() {
    let (builds, outside) = (Builds::begin(), outside());
    for role in Role::ALL {
        standalone(role, KIND, outside.path());
    }
    // In one workspace, to be built in one go.
    fs::write(outside.path().join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"pool-*\"]\n")
        .expect("written");
    fs::copy(home().join("Cargo.lock"), outside.path().join("Cargo.lock")).expect("copied");

    let said = builds.cargo(outside.path(), ["test", "--no-fail-fast"]);
    let conformance = said.lines().filter(|line| *line == "test conformance ... ok").count();
    assert_eq!(conformance, Role::ALL.len(), "each is checked against the laws of its role:\n{said}");
    let in_docs = said.lines().filter(|line| line.contains("src/lib.rs - (line") && line.ends_with("... ok")).count();
    assert_eq!(in_docs, Role::ALL.len(), "each has an example in its documentation:\n{said}");

    builds.cargo(outside.path(), ["clippy", "--all-targets", "--", "-D", "warnings"]);
    let packages = packages();
    builds.cargo(outside.path(), ["fmt", "--check"].into_iter().chain(packages.iter().map(String::as_str)));
    builds.cargo(outside.path(), ["clean", "--quiet"].into_iter().chain(packages.iter().map(String::as_str)));
}

#[test]
fn each_role_passes_the_lints_of_the_workspace_inside() {
    let (builds, outside) = (Builds::begin(), outside());
    workspace_like_ours(outside.path());
    for role in Role::ALL {
        in_workspace(role, KIND, outside.path());
    }
    let packages = packages();
    let each = || packages.iter().map(String::as_str);
    let strict = ["--all-targets", "--", "-D", "warnings"];
    builds.cargo(outside.path(), ["clippy"].into_iter().chain(each()).chain(strict));
    builds.cargo(outside.path(), ["fmt", "--check"].into_iter().chain(each()));
    builds.cargo(outside.path(), ["clean", "--quiet"].into_iter().chain(each()));
}

#[test]
fn a_repository_of_its_own_passes_its_own_ci() {
    let (builds, outside) = (Builds::begin(), outside());
    let folder = standalone(Role::Balance, KIND, outside.path());
    fs::copy(home().join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let workflow = fs::read_to_string(folder.join(".github/workflows/ci.yml")).expect("its CI");
    let commands: Vec<&str> =
        workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: cargo +stable ")).collect();
    assert_eq!(commands, ["fmt --check", "clippy --all-targets -- -D warnings", "test"]);
    for command in commands {
        builds.cargo(&folder, command.split(' '));
    }
    builds.cargo(&folder, ["clean", "--quiet", &format!("--package=pool-balance-{KIND}")]);
}

#[test]
fn what_a_repository_of_its_own_stands_on_is_what_we_stand_on() {
    let ours: toml::Table = fs::read_to_string(home().join("Cargo.toml")).expect("ours").parse().expect("TOML");
    let theirs: toml::Table = fs::read_to_string(home().join("templates/policy/manifest/standalone.toml"))
        .expect("the template")
        .replace("{{pool_core}}", "\"1\"")
        .replace("{{pool_testkit}}", "\"1\"")
        .parse()
        .expect("TOML");
    let workspace = &ours["workspace"];
    for package in ["schemars", "serde"] {
        assert_eq!(theirs["dependencies"][package], workspace["dependencies"][package], "{package}");
    }
    for key in ["edition", "rust-version"] {
        assert_eq!(theirs["package"][key], workspace["package"][key], "{key}");
    }
}
