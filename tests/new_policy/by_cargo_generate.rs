//! The template as `cargo generate` reads it: the same files make the same crate.
//!
//! cargo-generate need not be here for that. What of its rules the template uses is little, and done by hand: the hook
//! moves files, conditions leave files out, placeholders are filled in. Anything else in the template is a failure.

use std::collections::BTreeMap;
use std::fs;

use clearpool::core::Role;

use crate::bench::{KIND, files, home, in_workspace, outside, standalone};

type Files = BTreeMap<String, String>;
type Values = BTreeMap<&'static str, String>;

#[test]
fn it_makes_the_same_crate() {
    for role in Role::ALL {
        let outside = outside();
        let made = files(&standalone(role, KIND, outside.path()));
        let at = |package| format!("{{ path = \"{}\" }}", home().join(package).display());
        let values = values(role, "standalone", at("pool-core"), at("pool-testkit"));
        assert_same(&made, &generated(&values));
    }
}

#[test]
fn it_makes_the_same_crate_inside_the_workspace() {
    for role in Role::ALL {
        let outside = outside();
        fs::write(outside.path().join("Cargo.toml"), "[package]\nname = \"clearpool\"\n[workspace]\n")
            .expect("written");
        let made = files(&in_workspace(role, KIND, outside.path()));
        assert_same(&made, &generated(&values(role, "workspace", String::new(), String::new())));
    }
}

#[test]
fn its_manifest_names_every_role_and_our_version() {
    let manifest = manifest();
    let choices = |of: &str| -> Vec<String> {
        let all = manifest["placeholders"][of]["choices"].as_array().expect("choices");
        all.iter().map(|one| one.as_str().expect("a word").to_owned()).collect()
    };
    let mut roles = choices("role");
    roles.sort();
    let mut ours = Role::ALL.map(|role| role.as_str().to_owned());
    ours.sort();
    assert_eq!(roles, ours);
    assert_eq!(choices("place"), ["standalone", "workspace"]);
    for package in ["pool_core", "pool_testkit"] {
        let default = manifest["placeholders"][package]["default"].as_str();
        assert_eq!(default, Some(concat!("\"", env!("CARGO_PKG_VERSION"), "\"")), "{package}");
    }
}

#[test]
fn every_file_that_its_manifest_names_is_there() {
    let (manifest, template) = (manifest(), home().join("templates/policy"));
    let conditional = manifest["conditional"].as_table().expect("conditions");
    let ignored = conditional.values().flat_map(|rules| strings(&rules["ignore"]));
    let named: Vec<String> = ignored.chain(strings(&manifest["hooks"]["pre"])).collect();
    assert!(named.len() > Role::ALL.len(), "{named:?}");
    for name in named {
        assert!(template.join(&name).exists(), "cargo-generate.toml names {name}, which is not there");
    }
}

fn values(role: Role, place: &str, pool_core: String, pool_testkit: String) -> Values {
    let words = KIND.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    [
        ("project-name", KIND.to_owned()),
        ("project-name | pascal_case", words.collect()),
        ("crate_name", KIND.replace('-', "_")),
        ("role", role.as_str().to_owned()),
        ("place", place.to_owned()),
        ("pool_core", pool_core),
        ("pool_testkit", pool_testkit),
    ]
    .into()
}

#[track_caller]
fn assert_same(made: &Files, generated: &Files) {
    assert_eq!(made.keys().collect::<Vec<_>>(), generated.keys().collect::<Vec<_>>());
    for (path, text) in made {
        assert_eq!(text, &generated[path], "{path}");
    }
}

/// What cargo-generate makes of the template with these values.
fn generated(values: &Values) -> Files {
    let manifest = manifest();
    let mut files = files(&home().join("templates/policy"));
    files.remove("cargo-generate.toml");
    for hook in strings(&manifest["hooks"]["pre"]) {
        let script = files.remove(&hook).expect("the hook");
        script.lines().for_each(|line| follow(line, values, &mut files));
    }
    for (condition, rules) in manifest["conditional"].as_table().expect("conditions") {
        if holds(condition, values) {
            strings(&rules["ignore"]).iter().for_each(|path| delete(path, &mut files));
        }
    }
    files.into_iter().map(|(path, text)| (path, filled(&text, values))).collect()
}

fn manifest() -> toml::Table {
    let text = fs::read_to_string(home().join("templates/policy/cargo-generate.toml")).expect("the manifest");
    text.parse().expect("TOML")
}

fn strings(list: &toml::Value) -> Vec<String> {
    let all = list.as_array().expect("a list").iter();
    all.map(|one| one.as_str().expect("a string").to_owned()).collect()
}

/// A line of a hook: a variable, a file that is renamed, or one that is deleted.
fn follow(line: &str, values: &Values, files: &mut Files) {
    if let Some(variable) = line.strip_prefix("let ") {
        let (name, got) = variable.split_once(" = ").expect("a variable");
        assert_eq!(got, format!("variable::get(\"{name}\");"), "the hook may only look at values");
        return;
    }
    let paths = |line: &str| -> Vec<String> {
        let quoted = line.trim_end_matches(");").split(", ").map(|path| path.trim_matches(['"', '`']).to_owned());
        quoted
            .map(|path| values.iter().fold(path, |path, (key, value)| path.replace(&format!("${{{key}}}"), value)))
            .collect()
    };
    if let Some(renamed) = line.strip_prefix("file::rename(") {
        let [from, to] = paths(renamed).try_into().expect("two paths");
        let moved: Vec<String> = files.keys().filter(|path| is_below(path, &from)).cloned().collect();
        assert!(!moved.is_empty(), "{line}: there is no {from}");
        for path in moved {
            let text = files.remove(&path).expect("it is there");
            files.insert(format!("{to}{}", &path[from.len()..]), text);
        }
    } else if let Some(deleted) = line.strip_prefix("file::delete(") {
        paths(deleted).iter().for_each(|path| delete(path, files));
    } else {
        panic!("the hook does more than this test understands: {line}");
    }
}

fn delete(path: &str, files: &mut Files) {
    files.retain(|file, _| !is_below(file, path));
}

fn is_below(file: &str, path: &str) -> bool {
    file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A condition such as `role != "balance"`.
fn holds(condition: &str, values: &Values) -> bool {
    let words: Vec<&str> = condition.split(' ').collect();
    let [name, operator, value] = words[..] else { panic!("{condition}") };
    let same = values[name] == value.trim_matches('"');
    match operator {
        "==" => same,
        "!=" => !same,
        _ => panic!("{condition}"),
    }
}

/// The placeholders are filled in. There is no other Liquid in the template.
fn filled(text: &str, values: &Values) -> String {
    assert!(!text.contains("{%"), "a tag of Liquid, which `clearpool new-policy` does not know: {text}");
    let mut parts = text.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").expect("a placeholder ends");
        filled += values.get(name).unwrap_or_else(|| panic!("there is no value {name}"));
        filled += rest;
    }
    filled
}
