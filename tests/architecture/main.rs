//! The walls of the house: which crate may depend on which, and the order inside each.
//!
//! ARCHITECTURE.md says what the rooms are and why; here they are held. Every message says what to
//! do. Nothing is built or downloaded: the tests read manifests and sources.

mod rooms;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rooms::Room::{App, Loader, Policy};
use rooms::{FENCES, FOR_TESTS, Room};
use workspace::{Crate, built, crates, files, home, read, shown, sources};

#[test]
fn every_crate_has_a_room_and_is_a_member() {
    let crates = crates();
    let astray = crates.iter().filter(|krate| krate.room.is_none());
    let astray =
        astray.map(|krate| format!("{} in {}/: give it a place among the rooms of Room::of", krate.name, krate.dir));
    let members: BTreeSet<PathBuf> = crates.iter().map(|krate| krate.path().join("Cargo.toml")).collect();
    let forgotten = files("Cargo.toml").into_iter().filter(|file| !members.contains(file));
    let forgotten = forgotten.map(|file| format!("{}: add it to [workspace] members in Cargo.toml", shown(&file)));
    assert_none("crates out of place", astray.chain(forgotten));
}

#[test]
fn dependencies_follow_the_arrows() {
    let crates = crates();
    let room_of: BTreeMap<&str, Room> = crates.iter().filter_map(|k| Some((k.name.as_str(), k.room?))).collect();
    let mut wrong = Vec::new();
    for krate in &crates {
        let Some(from) = krate.room else { continue };
        for (name, for_tests) in &krate.dependencies {
            let Some(to) = room_of.get(name.as_str()) else { continue };
            let allowed = from.arrows().contains(to) || (*for_tests && FOR_TESTS.contains(to));
            if !allowed && *name != krate.name {
                wrong.push(format!(
                    "{} → {name}: a {from:?} crate may depend on {:?}; tests besides on {FOR_TESTS:?}",
                    krate.name,
                    from.arrows()
                ));
            }
        }
    }
    assert_none("dependencies against the arrows; move what is shared into pool-core's contract", wrong);
}

#[test]
fn runtimes_exporters_and_figment_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for krate in crates() {
        for (name, _) in &krate.dependencies {
            for (fenced, keys, why) in FENCES {
                let is_fenced = fenced.iter().any(|begin| {
                    name == begin || name.starts_with(&format!("{begin}-")) || name.starts_with(&format!("{begin}_"))
                });
                if is_fenced && !krate.is_in(keys) {
                    wrong.push(format!("{} → {name}: only {keys:?} may, for {why}", krate.name));
                }
            }
        }
    }
    assert_none("dependencies that cross a fence; take them out, in tests as well", wrong);
}

#[test]
fn policies_depend_on_nothing_of_ours_but_the_contract() {
    let crates = crates();
    let policies = crates.iter().filter(|krate| krate.is_in(&[Policy, Loader]));
    let ours: BTreeSet<&str> = crates.iter().map(|krate| krate.name.as_str()).collect();
    let wrong = policies.flat_map(|policy| {
        let of_ours = policy.dependencies.iter().filter(|(name, tests)| !tests && ours.contains(name.as_str()));
        let names: Vec<&str> = of_ours.map(|(name, _)| name.as_str()).collect();
        (names != ["pool-core"]).then(|| format!("{} depends on {names:?}", policy.name))
    });
    assert_none("policies that depend on more or less than pool-core", wrong);
}

#[test]
fn source_files_stay_under_400_lines() {
    let long = sources().into_iter().filter_map(|file| {
        let lines = read(&file).lines().count();
        (lines >= 400).then(|| format!("{}: {lines} lines; split it by subject", shown(&file)))
    });
    assert_none("files that are too long", long);
}

#[test]
fn modules_are_named_after_what_they_hold() {
    let nameless = sources().into_iter().filter_map(|file| {
        let name = file.file_stem()?.to_str()?.to_owned();
        let advice = match name.as_str() {
            "mod" => "call it after its module, beside the folder: `idle.rs` for `idle/`",
            "util" | "utils" | "helper" | "helpers" | "misc" | "common" => "name the one subject it has, or split it",
            _ => return None,
        };
        Some(format!("{}: {advice}", shown(&file)))
    });
    assert_none("files without a name of their own", nameless);
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let crates = crates();
    let roots = crates.iter().flat_map(|krate| &krate.roots);
    let open = roots.filter(|root| !read(root).lines().any(|line| line == "#![forbid(unsafe_code)]"));
    assert_none("crate roots without `#![forbid(unsafe_code)]`; add the line", open.map(|root| shown(root)));
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let crates = crates();
    let own = crates.iter().filter(|krate| {
        let lints = krate.manifest.get("lints").and_then(|lints| lints.get("workspace"));
        lints.and_then(toml::Value::as_bool) != Some(true)
    });
    let own =
        own.map(|krate| format!("{}: add `[lints]` with `workspace = true`", shown(&krate.path().join("Cargo.toml"))));
    assert_none("crates with lints of their own", own);
}

#[test]
fn every_policy_has_the_same_files() {
    let expected = ["src/lib.rs", "src/options.rs", "src/policy.rs", "tests/conformance.rs"];
    let mut wrong = Vec::new();
    for policy in crates().into_iter().filter(|krate| krate.is_in(&[Policy])) {
        let dir = policy.path();
        let found = sources().into_iter().filter_map(|file| Some(file.strip_prefix(&dir).ok()?.display().to_string()));
        let found: BTreeSet<String> = found.collect();
        // A large one may have more, each for a subject of its own.
        let missing: Vec<_> = expected.into_iter().filter(|file| !found.contains(*file)).collect();
        if !missing.is_empty() {
            wrong.push(format!("{}: {missing:?}", policy.name));
        }
    }
    assert_none(&format!("policies without one of {expected:?}"), wrong);
}

#[test]
fn plugins_are_named_in_one_list() {
    let is_listed = |room: Room| room.is_plugin() || room == Loader;
    let plugins: Vec<Crate> = crates().into_iter().filter(|k| k.room.is_some_and(is_listed)).collect();
    let mut named: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for file in sources().into_iter().filter(|file| file.starts_with(home().join("src"))) {
        let code: Vec<String> =
            read(&file).lines().map(|line| line.split("//").next().unwrap_or("").to_owned()).collect();
        for plugin in &plugins {
            let ident = plugin.name.replace('-', "_");
            if code.iter().any(|line| has_word(line, &ident)) {
                named.entry(file.clone()).or_default().insert(plugin.name.clone());
            }
        }
    }
    let places: BTreeSet<String> = named.keys().map(|file| shown(file)).collect();
    let modules: BTreeSet<&str> = places.iter().map(|place| module_of(place)).collect();
    assert!(
        modules.len() <= 1,
        "plugins are named in {places:?}: name them in one module, and go through the registry elsewhere"
    );
    let listed: BTreeSet<String> = named.into_values().flatten().collect();
    let missing = plugins.into_iter().map(|plugin| plugin.name).filter(|name| !listed.contains(name));
    assert_none(
        &format!("plugins that the list of src ({places:?}) does not name; a configuration could not either"),
        missing,
    );
}

/// The module of the crate that a file belongs to: `plugins` for `src/plugins.rs`.
fn module_of(place: &str) -> &str {
    let inside = place.strip_prefix("src/").unwrap_or(place);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

#[test]
fn every_plugin_stands_behind_a_feature_that_is_on() {
    let crates = crates();
    let app = crates.iter().find(|krate| krate.is_in(&[App])).expect("the root package");
    let features = app.manifest.get("features").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let on = switched_on(&features);
    let plugins = crates.iter().filter(|krate| krate.room.is_some_and(Room::is_plugin));
    let off = plugins.filter(|plugin| {
        let optional = app.manifest.get("dependencies").and_then(|all| all.get(&plugin.name)?.get("optional"));
        optional.and_then(toml::Value::as_bool) != Some(true) || !on.contains(&format!("dep:{}", plugin.name))
    });
    let off =
        off.map(|plugin| format!("{0}: `optional = true`, and a feature in `default` with `dep:{0}`", plugin.name));
    assert_none("plugins that cannot be left out, or are out from the beginning; in Cargo.toml", off);
}

/// What the default features come to.
fn switched_on(features: &toml::Table) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut open = vec!["default".to_owned()];
    while let Some(name) = open.pop() {
        let more = features.get(&name).and_then(toml::Value::as_array).into_iter().flatten();
        open.extend(more.filter_map(toml::Value::as_str).map(str::to_owned).filter(|name| !on.contains(name)));
        on.insert(name);
    }
    on
}

#[test]
fn each_dependency_has_one_version() {
    let built = built();
    let deny: toml::Table = read(&home().join("deny.toml")).parse().expect("deny.toml is TOML");
    let skipped = deny["bans"].get("skip").and_then(toml::Value::as_array).into_iter().flatten();
    let skipped: Vec<(&str, &str)> = skipped
        .map(|skip| text(skip, "crate").split_once('@').expect("`crate@version` in [bans] skip of deny.toml"))
        .collect();
    let is_skipped = |name: &str, version: &str| skipped.iter().any(|(n, v)| *n == name && version.starts_with(v));
    let several = built.iter().filter(|(name, versions)| {
        versions.len() > 1 && versions.iter().filter(|version| !is_skipped(name, version)).count() > 1
    });
    let several = several.map(|(name, versions)| format!("{name}: {versions:?}"));
    assert_none("dependencies in several versions; align them, or say in deny.toml under [bans] skip why not", several);
}

fn text<'a>(table: &'a toml::Value, key: &str) -> &'a str {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_else(|| panic!("no `{key}` in {table:?}"))
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

#[track_caller]
fn assert_none(what: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
