//! What each preset says is what its original does, and nothing besides.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clearpool::core::HumanDuration;
use clearpool::presets;
use serde_json::Value;

use super::{leaves, loaded, names, values};

const ORIGINALS: &str = include_str!("originals.txt");

/// By preset: key and value, as the original has it.
fn originals() -> BTreeMap<&'static str, Vec<(&'static str, Value)>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in ORIGINALS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [preset, _, said] = line.split(" | ").collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (key, value) = said.split_once(" = ").unwrap_or_else(|| panic!("{line}"));
        let value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{line}: {error}"));
        found.entry(preset).or_default().push((key, value));
    }
    found
}

#[test]
fn every_value_is_that_of_the_original_and_said_to_come_from_the_preset() {
    for (preset, said) in originals() {
        let config = loaded(preset);
        let mut all = Vec::new();
        leaves(&values(&config), "", &mut all);
        for (key, expected) in said {
            let value = all.iter().find(|(path, _)| path == key).map(|(_, value)| value);
            assert!(value.is_some_and(|value| is_the_same(value, &expected)), "{preset}: {key} is {value:?}");
            let origin = config.origin(&format!("pools.p.{key}")).to_string();
            assert!(origin.starts_with(&format!("preset {preset}:")), "{preset}: {key} is from {origin}");
        }
    }
}

/// Durations have several spellings.
fn is_the_same(value: &Value, expected: &Value) -> bool {
    let duration = |value: &Value| serde_json::from_value::<HumanDuration>(value.clone()).ok();
    value == expected || duration(value).is_some_and(|value| Some(value) == duration(expected))
}

#[test]
fn nothing_is_said_that_the_original_is_not_known_for() {
    let originals = originals();
    let mut unaccounted = Vec::new();
    for preset in names() {
        let config = loaded(preset);
        let mut all = Vec::new();
        leaves(&values(&config), "", &mut all);
        let said: Vec<&str> = originals.get(preset).into_iter().flatten().map(|(key, _)| *key).collect();
        for (key, value) in all {
            let from_preset = config.origin(&format!("pools.p.{key}")).to_string().starts_with("preset ");
            if from_preset && !said.contains(&key.as_str()) {
                unaccounted.push(format!("{preset} | | {key} = {value}"));
            }
        }
    }
    assert!(unaccounted.is_empty(), "not in originals.txt:\n{}", unaccounted.join("\n"));
}

#[test]
fn every_preset_but_ours_is_accounted_for() {
    let originals = originals();
    let missing: Vec<_> = names().filter(|name| *name != "default" && !originals.contains_key(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert_eq!(presets::all().len(), originals.len() + 1, "a preset that is not there is accounted for");
}

#[test]
fn ours_is_what_a_pool_is_that_names_none() {
    let text = "[pools.p]\nconnector = { kind = \"tcp\" }\nendpoints = [\"127.0.0.1:7001\"]\n";
    let none = clearpool::Loader::new(&clearpool::App::new()).text("pool.toml", text).load().expect("a good file");
    assert_eq!(values(&none), values(&loaded("default")));
    assert_eq!(loaded("default").pools["p"].preset.as_deref(), Some("default"));
}

#[test]
fn a_preset_says_nothing_of_where_connections_lead() {
    for preset in presets::all() {
        let table: toml::Table = preset.toml().parse().unwrap_or_else(|error| panic!("{}: {error}", preset.name()));
        for key in ["connector", "endpoints", "discovery", "preset"] {
            assert!(!table.contains_key(key), "{} has {key}", preset.name());
        }
        let summary = preset.summary();
        assert!(preset.toml().starts_with(&format!("# {summary}\n")), "{summary}");
        assert!((20..100).contains(&summary.len()), "{}: {summary}", preset.name());
    }
}

#[test]
fn what_is_explained_is_the_same_pool_again() {
    for preset in names() {
        let config = loaded(preset);
        let explained = config.explain().to_string();
        let again = clearpool::Loader::new(&clearpool::App::new()).text("explained.toml", &explained).load();
        let again = again.unwrap_or_else(|error| panic!("{preset}: {error}\n{explained}"));
        assert_eq!(again.pools["p"], config.pools["p"], "{preset}");
        assert!(explained.contains(&format!("preset = \"{preset}\"")), "{explained}");
    }
}

/// A preset is a composition of what every pool can be told: whoever looks at its name could as well
/// look at its values.
#[test]
fn no_code_knows_a_preset_by_its_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for room in ["src", "pool-core/src/machine", "pool-core/src/options", "pool-tokio/src", "policies"] {
        sources(&root.join(room), &mut files);
    }
    assert!(files.len() > 100, "only {} files", files.len());
    let quoted: Vec<String> = names().filter(|name| *name != "default").map(|name| format!("\"{name}\"")).collect();
    // One lists them, and the other is a test.
    let may = |file: &PathBuf| file.ends_with("src/presets.rs") || file.ends_with("src/presets/held.rs");
    for file in files.into_iter().filter(|file| !may(file)) {
        let text = fs::read_to_string(&file).expect("a readable file");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(!quoted.iter().any(|name| line.contains(name)), "{}: {line}", file.display());
        }
    }
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
