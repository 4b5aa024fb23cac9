//! The committed JSON Schema is that of the plugins, and says what the reader says.

use std::path::Path;

use clearpool::App;
use serde_json::Value;

#[test]
fn the_committed_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clearpool.schema.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let generated = format!("{:#}\n", clearpool::config::schema(&App::new()));
    assert!(
        committed == generated,
        "docs/clearpool.schema.json is stale: cargo run -- schema > docs/clearpool.schema.json"
    );
}

#[test]
fn every_plugin_can_be_chosen_by_its_schema() {
    let app = App::new();
    let schema = clearpool::config::schema(&app);
    let pool = &schema["properties"]["pools"]["additionalProperties"]["properties"];
    for plugin in app.policies.iter() {
        let role = plugin.role().as_str();
        let table = if role == "evict" { &pool[role]["items"] } else { &pool[role] };
        let case = case(table, plugin.kind);
        assert_eq!(case["additionalProperties"], false, "{role} {} lets unknown keys through", plugin.kind);
    }
    for (key, kind) in [("connector", "tcp"), ("discovery", "file")] {
        assert_eq!(case(&pool[key], kind)["additionalProperties"], false, "{kind}");
    }
    assert_eq!(case(&pool["discovery"], "file")["required"], serde_json::json!(["path"]));
}

/// Editors, `clearpool list` and the reference show the docs of the options as they are: rustdoc's links lead nowhere there.
#[test]
fn no_description_has_a_link_that_only_rustdoc_knows() {
    let schema = clearpool::config::schema(&App::new()).to_string();
    let broken: Vec<&str> = schema.match_indices("](").map(|(at, _)| &schema[at..]).collect();
    let broken: Vec<&str> = broken.into_iter().filter(|rest| !rest.starts_with("](http")).collect();
    let shown: Vec<String> = broken.iter().map(|rest| rest.chars().take(60).collect()).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn every_preset_is_a_choice() {
    let schema = clearpool::config::schema(&App::new());
    let preset = &schema["properties"]["pools"]["additionalProperties"]["properties"]["preset"];
    let choices: Vec<&Value> = preset["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]).collect();
    let names: Vec<&str> = clearpool::presets::all().iter().map(clearpool::presets::Preset::name).collect();
    assert_eq!(choices, names);
}

fn case<'a>(table: &'a Value, kind: &str) -> &'a Value {
    let cases = table["allOf"].as_array().expect("a case for each kind");
    let found = cases.iter().find(|case| case["if"]["properties"]["kind"]["const"] == kind);
    &found.unwrap_or_else(|| panic!("no case for {kind}"))["then"]
}

/// Every `examples` that a plugin shows is one that the reader takes.
#[test]
fn the_examples_of_all_plugins_are_taken() {
    let app = App::new();
    let base = "[pools.orders]\nconnector = { kind = \"tcp\" }\n";
    let endpoints = "endpoints = [\"127.0.0.1:7001\"]\n";
    let mut texts = Vec::new();
    for plugin in app.policies.iter() {
        let role = plugin.role().as_str();
        let header =
            if role == "evict" { format!("[[pools.orders.{role}]]") } else { format!("[pools.orders.{role}]") };
        texts.push(format!("{base}{endpoints}{header}\n{}", plugin.example));
    }
    texts.extend(
        app.connectors
            .iter()
            .map(|plugin| format!("[pools.orders]\n{endpoints}[pools.orders.connector]\n{}", plugin.example)),
    );
    texts.extend(app.discoveries.iter().map(|plugin| format!("{base}[pools.orders.discovery]\n{}", plugin.example)));
    assert!(texts.len() >= 18, "{} plugins", texts.len());
    for text in texts {
        if let Err(error) = clearpool::Loader::new(&app).text("example.toml", &text).load() {
            panic!("{error}\n{text}");
        }
    }
}
