//! Each key that a preset sets matters: where it has another value, a case of that preset in `tests/traces` fails.

use std::fs;
use std::path::Path;

use pool_core::PoolOptions;
use serde_json::{Value, json};

use super::{ALL, Preset};
use crate::config::{Data, Document, Spot};
use crate::{App, trace};

/// A case as it is written, but for its pool.
struct Written {
    around: String,
    pool: Value,
}

/// What no case hangs on, and why.
const LOOSE: &[(&str, &str, &str)] = &[
    ("consul-grpc", "/acquire", "an endpoint has one connection"),
    ("consul-grpc", "/dial/pace", "an endpoint has one connection"),
    ("go-redis-v7", "/limits/closing", "what is dialed beyond max_open waits for no place"),
    ("go-redis-v7", "/wait/handoff", "what came back is the newest, and all are kept"),
    ("go-redis-v9", "/limits/overflow", "what is beyond max_open is closed before anybody has it"),
    ("go-redis-v9", "/wait/exhausted", "as long as dials take turns, whoever has one finds a place"),
    ("nginx-keepalive", "/release", "a thousand leases; a case has another number"),
];

/// Whether a key says nothing by itself.
fn is_loose(preset: &Preset, key: &str, table: &[(String, Value)]) -> bool {
    let is = |key: &str, value: Value| table.contains(&(key.to_owned(), value));
    // Nothing is paced but dials of the pool's that are as many as are needed.
    let unpaced = is("/dial/by", json!("caller")) || is("/dial/by", json!("opener")) || is("/dial/elide", json!(false));
    unpaced && key == "/dial/pace" || LOOSE.iter().any(|loose| (loose.0, loose.1) == (preset.name, key))
}

/// The cases of a preset.
fn cases(preset: &Preset) -> Vec<Written> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces").join(preset.name);
    let files = trace::files(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let read = |file| fs::read_to_string(file).expect("a readable file");
    let documents = files.iter().flat_map(|file| Document::parse_all("case.yaml", &read(file)).expect("a good file"));
    documents.map(|document| written(&document.data)).collect()
}

fn written(document: &Data) -> Written {
    let Data::Table(entries) = document else { panic!("a case is a table") };
    let pool = entries.iter().find(|(key, _)| key == "pool").map_or(json!({}), |(_, pool)| pool.data.to_json());
    let around = entries.iter().filter(|(key, _)| key != "pool");
    Written { around: around.map(|(key, spot)| format!("{key}: {}\n", flow(&spot.data))).collect(), pool }
}

/// In a line, and in the order in which it was written, which says who comes first.
fn flow(data: &Data) -> String {
    match data {
        Data::Scalar(value) => value.to_string(),
        Data::List(items) => format!("[{}]", items.iter().map(|item| flow(&item.data)).collect::<Vec<_>>().join(", ")),
        Data::Table(entries) => {
            let entry = |(key, spot): &(String, Spot)| format!("{}: {}", Value::from(key.as_str()), flow(&spot.data));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether a case with this pool fails, or makes no sense.
fn fails(case: &Written, pool: &Value, app: &App) -> bool {
    match trace::read_text("case.yaml", &format!("{}pool: {pool}\n", case.around), app) {
        Ok(cases) => cases.iter().any(|case| case.run(app).failure().is_some()),
        Err(_) => true,
    }
}

/// The keys that a preset sets, as pointers into a pool's table, and their values.
fn keys(preset: &Preset) -> Vec<(String, Value)> {
    let table: Value = toml::from_str(preset.toml).expect("TOML");
    let mut keys = Vec::new();
    for (name, value) in table.as_object().expect("a table") {
        match value {
            Value::Object(section) if !section.contains_key("kind") => {
                keys.extend(section.iter().map(|(key, value)| (format!("/{name}/{key}"), value.clone())));
            }
            _ => keys.push((format!("/{name}"), value.clone())),
        }
    }
    keys
}

/// Another value for a key: the default, or what is not so where the preset says what is the default.
fn another(key: &str, value: &Value) -> Value {
    let defaults = serde_json::to_value(PoolOptions::default()).expect("options");
    let others = match key {
        "/acquire" => vec![json!({ "kind": "lifo" }), json!({ "kind": "fifo" })],
        "/release" => vec![json!({ "kind": "keep" }), json!({ "kind": "max-uses", "uses": 1 })],
        "/balance" => vec![json!({ "kind": "round-robin", "first": 0 })],
        "/evict" => vec![json!([{ "kind": "idle-timeout" }, { "kind": "ttl" }])],
        // By the policies it would be the oldest too.
        "/limits/victim" if value == "oldest" => vec![json!("incoming")],
        // With dials of callers' own there are no retries.
        "/dial/errors" => vec![json!("all")],
        "/dial/by" => vec![json!("pool"), json!("caller")],
        "/limits/max_open" | "/limits/max_leases" | "/dial/max_concurrent" => vec![json!(8)],
        _ => vec![defaults.pointer(key).unwrap_or_else(|| panic!("no option {key}")).clone(), json!("never")],
    };
    others.into_iter().find(|other| other != value).expect("there are two")
}

/// The pool of a case where a key has this value, unless the case has its own.
fn with(pool: &Value, key: &str, value: &Value) -> Option<Value> {
    if pool.pointer(key).is_some() {
        return None;
    }
    let mut pool = pool.clone();
    let mut place = &mut pool;
    for step in key[1..].split('/') {
        place = &mut place[step];
    }
    *place = value.clone();
    if key == "/dial/by" {
        // Dials of the pool's are always detached, and only they need not be elided.
        pool["dial"]["detached"] = json!(true);
        pool["dial"]["elide"] = json!(true);
    }
    Some(pool)
}

#[test]
fn a_case_fails_where_a_preset_says_something_else() {
    let app = App::new();
    let mut idle = Vec::new();
    for preset in ALL {
        let cases = cases(preset);
        let sound = cases.iter().all(|case| !fails(case, &case.pool, &app));
        assert!(sound, "{}: a case fails as it is", preset.name);
        let table = keys(preset);
        for (key, value) in table.iter().filter(|(key, _)| !is_loose(preset, key, &table)) {
            let other = another(key, value);
            let mut changed = cases.iter().filter_map(|case| Some((case, with(&case.pool, key, &other)?)));
            if !changed.any(|(case, pool)| fails(case, &pool, &app)) {
                idle.push(format!("{} {key} = {value}, not {other}", preset.name));
            }
        }
    }
    assert!(idle.is_empty(), "no case hangs on these:\n{}", idle.join("\n"));
}
