//! The JSON Schema of a configuration file, for editors.

use pool_core::{Endpoint, PoolOptions, Role};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::telemetry::TelemetryOptions;
use crate::{App, presets};

/// The JSON Schema (draft-07) of a configuration file, with the plugins of this application.
pub fn schema(app: &App) -> Value {
    let mut generator = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true).into_generator();
    let telemetry = generator.subschema_for::<TelemetryOptions>();
    let pool = pool(app, &mut generator);
    sorted(json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Clearpool",
        "description": "Pools and their telemetry. `clearpool check FILE` says more than this schema can.",
        "type": "object",
        "additionalProperties": false,
        "required": ["pools"],
        "properties": {
            "telemetry": telemetry,
            "pools": {
                "type": "object",
                "description": "The pools, by name.",
                "minProperties": 1,
                "propertyNames": { "pattern": "^[A-Za-z0-9_-]{1,64}$" },
                "additionalProperties": pool,
            },
        },
    }))
}

fn pool(app: &App, generator: &mut SchemaGenerator) -> Value {
    let mut properties = match generator.subschema_for::<PoolOptions>().to_value() {
        Value::Object(mut options) => match options.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        },
        _ => Map::new(),
    };
    let mut add = |key: &str, schema: Value| properties.insert(key.to_owned(), schema);
    add("preset", presets());
    add("endpoints", endpoints(generator));
    add("connector", connectors(app, generator));
    add("discovery", discoveries(app, generator));
    add("acquire", policies(app, Role::Acquire, "Which idle connection is handed out.", generator));
    add("release", policies(app, Role::Release, "What becomes of a returned connection.", generator));
    add("balance", policies(app, Role::Balance, "Which endpoint serves.", generator));
    add("health", policies(app, Role::Health, "Which endpoints rest because their leases fail.", generator));
    add("queue", policies(app, Role::Queue, "Who of those who wait is next, instead of `wait.order`.", generator));
    let evict = policies(app, Role::Evict, "Which idle connections are closed, and when.", generator);
    add(
        "evict",
        json!({ "type": "array", "description": "Several compose: the earliest deadline counts.", "items": evict }),
    );
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["connector"],
        "properties": properties,
        "oneOf": [{ "required": ["endpoints"] }, { "required": ["discovery"] }],
    })
}

fn presets() -> Value {
    let names: Vec<Value> = presets::all()
        .iter()
        .map(|preset| json!({ "const": preset.name(), "description": preset.summary() }))
        .collect();
    json!({
        "type": "string",
        "description": "The well-known pool that this one behaves like, as far as nothing else is said.",
        "oneOf": names,
    })
}

fn endpoints(generator: &mut SchemaGenerator) -> Value {
    let endpoint = generator.subschema_for::<Endpoint>();
    json!({
        "type": "array",
        "description": "Where connections lead: addresses, or tables with more about each.",
        "minItems": 1,
        "items": { "anyOf": [{ "type": "string", "minLength": 1 }, endpoint] },
    })
}

fn policies(app: &App, role: Role, description: &str, generator: &mut SchemaGenerator) -> Value {
    let plugins = app.policies.of_role(role);
    let plugins = plugins.map(|plugin| (plugin.kind, plugin.summary, plugin.schema(generator))).collect();
    kinds(description, plugins)
}

fn connectors(app: &App, generator: &mut SchemaGenerator) -> Value {
    let plugins = app.connectors.iter();
    let plugins = plugins.map(|plugin| (plugin.kind, plugin.summary, plugin.schema(generator))).collect();
    kinds("How a connection is made.", plugins)
}

fn discoveries(app: &App, generator: &mut SchemaGenerator) -> Value {
    let plugins = app.discoveries.iter();
    let plugins = plugins.map(|plugin| (plugin.kind, plugin.summary, plugin.schema(generator))).collect();
    kinds("Where endpoints come from, if they are not listed.", plugins)
}

/// A table whose `kind` decides what else it may have.
///
/// Written as a choice of `if` and `then`, so that an editor complains about the key that is
/// wrong, and not that none of all kinds fits.
fn kinds(description: &str, plugins: Vec<(&str, &str, Schema)>) -> Value {
    let names: Vec<Value> =
        plugins.iter().map(|(kind, summary, _)| json!({ "const": kind, "description": summary })).collect();
    let cases: Vec<Value> = plugins
        .into_iter()
        .map(|(kind, _, options)| {
            json!({
                "if": { "required": ["kind"], "properties": { "kind": { "const": kind } } },
                "then": with_kind(kind, options.to_value()),
            })
        })
        .collect();
    json!({
        "type": "object",
        "description": description,
        "required": ["kind"],
        "properties": { "kind": { "oneOf": names } },
        "allOf": cases,
    })
}

fn with_kind(kind: &str, mut options: Value) -> Value {
    if let Value::Object(schema) = &mut options {
        let properties = schema.entry("properties").or_insert_with(|| json!({}));
        properties["kind"] = json!({ "const": kind });
        // Nobody's options: `type: object` with no properties may come without the prohibition.
        schema.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    options
}

/// The same with sorted keys, whatever the features of `serde_json` are in this build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.into_iter().collect()
        }
        other => other,
    }
}
