//! Whatever a preset says can be given another value, key by key.

use clearpool::{App, ConfigError};
use serde_json::{Value, json};

use super::{leaves, load, loaded, names, values};

/// Every option of a pool, whoever gave it, and not only what the preset says.
#[test]
fn every_option_of_every_preset_can_be_given_another_value() {
    let schema = clearpool::config::schema(&App::new());
    let schema = &schema["properties"]["pools"]["additionalProperties"];
    for preset in names() {
        let mut all = Vec::new();
        leaves(&values(&loaded(preset)), "", &mut all);
        assert!(all.len() > 40, "{preset}: only {}", all.len());
        for (key, value) in all {
            let others = others(schema, &key, &value);
            assert!(!others.is_empty(), "{key} = {value} has no other value");
            for other in others {
                let config = overridden(preset, &key, &other);
                let mut now = Vec::new();
                leaves(&values(&config), "", &mut now);
                let found = now.iter().find(|(path, _)| *path == key).map(|(_, value)| value);
                assert_eq!(found, Some(&other), "{preset}: {key}");
                let origin = config.origin(&format!("pools.p.{key}")).to_string();
                assert!(origin.starts_with("code at "), "{preset}: {key} is from {origin}");
            }
        }
    }
}

/// Loads with one key of the program's; and, where that is at odds with the preset, with the default
/// of each key that it is said to be at odds with.
fn overridden(preset: &str, key: &str, value: &Value) -> clearpool::Config {
    let mut default = Vec::new();
    leaves(&values(&loaded("default")), "", &mut default);
    let mut set = vec![(key.to_owned(), value.clone())];
    set.extend(companions(key, value));
    // Options are not taken for a kind that nobody named.
    let kind = key.rsplit_once('.').map(|(table, _)| format!("{table}.kind"));
    set.extend(
        default.iter().filter(|(path, _)| preset == "default" && Some(path) == kind.as_ref() && path != key).cloned(),
    );
    for _ in 0..10 {
        match load(preset, &set) {
            Ok(config) => return config,
            Err(error) => {
                let sides = sides(&error, preset);
                assert!(!sides.is_empty(), "{preset} with {set:?}: {error}");
                for side in sides {
                    assert!(set.iter().all(|(key, _)| *key != side), "{preset}: {side} again: {error}");
                    let value = default.iter().find(|(key, _)| *key == side).expect("an option").1.clone();
                    set.push((side, value));
                }
            }
        }
    }
    panic!("{preset}: {key} = {value} is never taken");
}

/// What makes no sense alone, whatever lies below.
fn companions(key: &str, value: &Value) -> Vec<(String, Value)> {
    let also: &[(&str, &str)] = match (key, value.as_str()) {
        ("release.kind", Some("max-uses")) => return vec![("release.uses".to_owned(), json!(7))],
        ("dial.backoff_min", _) => &[("dial.backoff_max", "never")],
        ("dial.by", Some("caller" | "opener")) => &[("dial.errors", "caller")],
        ("dial.detached", _) if value == false => &[("dial.errors", "caller"), ("dial.by", "caller")],
        _ => &[],
    };
    also.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect()
}

/// The keys of the preset that a mistake names: `dial.by = "caller"` comes from preset redigo.
fn sides(error: &ConfigError, preset: &str) -> Vec<String> {
    let notes = error.diagnostics.iter().flat_map(|diagnostic| &diagnostic.notes);
    let named = notes.filter_map(|note| note.split_once(&format!("comes from preset {preset}:")));
    let mut keys: Vec<String> =
        named.filter_map(|(said, _)| Some(said.trim_matches([' ', '`']).split_once(" = ")?.0.to_owned())).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// Other values of an option: all other words of a choice, or one more or less.
fn others(schema: &Value, key: &str, value: &Value) -> Vec<Value> {
    let kind = |role: &str, kinds: &[&str]| {
        let kinds: Vec<Value> = kinds.iter().map(|kind| json!(kind)).filter(|kind| kind != value).collect();
        assert!(!kinds.is_empty(), "{role}");
        kinds
    };
    match key {
        "acquire.kind" => return kind("acquire", &["lifo", "fifo"]),
        "release.kind" => return kind("release", &["keep", "max-uses"]),
        "balance.kind" => return kind("balance", &["round-robin", "smooth-weighted", "random"]),
        // A list of none is a leaf here, and one of some is not.
        "evict" => return vec![json!([])],
        key if key.starts_with("evict.") && key.ends_with(".kind") => return vec![json!("lru")],
        "dial.fill_on" => return vec![json!(["tick"]), json!([])],
        key if key.ends_with(".when") => return vec![json!(["acquire", "sweep"]), json!(["background"])],
        _ => {}
    }
    let schema = key.split('.').fold(schema, |schema, step| &schema["properties"][step]);
    let choices = words(schema);
    if !choices.is_empty() {
        return choices.into_iter().filter(|word| word != value).collect();
    }
    let mut others = match value {
        Value::Bool(truth) => vec![json!(!truth)],
        Value::Number(number) if number.is_u64() => vec![json!(number.as_u64().expect("whole") % 3 + 1)],
        Value::Number(_) => vec![json!(0.5)],
        Value::String(text) if text == "unlimited" => vec![json!(3)],
        Value::String(_) => vec![json!("42ms"), json!("never")].into_iter().filter(|other| other != value).collect(),
        Value::Null => vec![if key == "sizing.wait" { json!("1s") } else { json!(3) }],
        other => panic!("{key} = {other}"),
    };
    let may_be_unlimited = schema["anyOf"].as_array().into_iter().flatten().any(|one| one["const"] == "unlimited");
    if may_be_unlimited && value != "unlimited" {
        others.push(json!("unlimited"));
    }
    others
}

fn words(schema: &Value) -> Vec<Value> {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let all = schema["allOf"].as_array().into_iter().flatten().flat_map(words);
    choices.filter_map(|choice| choice.get("const").cloned()).chain(all).collect()
}
