//! A plugin's options: what the configuration, its editor and its error messages rely on.

use schemars::SchemaGenerator;
use serde_json::{Map, Value};

use crate::Subject;
use crate::law::{Law, Verdict};
use crate::laws::words::snake;

pub(crate) const LAWS: &[Law] = &[
    Law::new(
        "options-build",
        "these options parse and build",
        "let `build` take them, or test with others",
        options_build,
    ),
    Law::new(
        "options-round-trip",
        "normalized options normalize to themselves",
        "let Serialize write what Deserialize reads",
        round_trip,
    ),
    Law::new(
        "defaults-are-filled",
        "normalized options have every key of the schema",
        "no `skip_serializing_if` on options",
        defaults_filled,
    ),
    Law::new(
        "unknown-keys-are-refused",
        "a key that does not exist is a mistake",
        "#[serde(deny_unknown_fields)] on the options",
        unknown_refused,
    ),
    Law::new(
        "wrong-types-are-refused",
        "options are a table, and an error names its key",
        "derive Deserialize, with typed fields",
        types_refused,
    ),
    Law::new(
        "schema-is-an-object",
        "the schema describes a closed table, key by key",
        "derive JsonSchema, and write a doc comment on each field",
        schema_object,
    ),
    Law::new(
        "keys-are-snake-case",
        "an environment variable can spell every key",
        "rename the field; no #[serde(rename_all)] but snake_case",
        snake_keys,
    ),
];

fn options_build(subject: &Subject) -> Verdict {
    subject.normalized().map_err(|error| format!("they do not parse: {error}"))?;
    subject.mistake().map_or(Ok(()), |error| Err(format!("they do not build: {error}")))
}

fn round_trip(subject: &Subject) -> Verdict {
    let once = normalized(subject)?;
    let again = normalized(&Subject::new(*subject.plugin(), once.clone()))?;
    if once == again { Ok(()) } else { Err(format!("{once} became {again}")) }
}

fn defaults_filled(subject: &Subject) -> Verdict {
    let filled = normalized(subject)?;
    let missing = properties(subject)?.into_iter().find(|(key, _)| filled.get(key).is_none());
    missing.map_or(Ok(()), |(key, _)| Err(format!("`{key}` is missing in {filled}")))
}

fn unknown_refused(subject: &Subject) -> Verdict {
    let mut options = normalized(subject)?;
    let unknown = "no_such_key";
    options.as_object_mut().ok_or("the options are no table")?.insert(unknown.into(), Value::Bool(true));
    let subject = Subject::new(*subject.plugin(), options);
    let error = match (subject.normalized(), subject.mistake()) {
        (Err(_), Some(error)) => error,
        _ => return Err(format!("`{unknown}` was taken without a word: #[serde(deny_unknown_fields)]")),
    };
    if error.to_string().contains(unknown) { Ok(()) } else { Err(format!("the error does not name the key: {error}")) }
}

fn types_refused(subject: &Subject) -> Verdict {
    for wrong in [Value::Bool(true), Value::String("text".into()), Value::from(1)] {
        if Subject::new(*subject.plugin(), wrong.clone()).mistake().is_none() {
            return Err(format!("{wrong} was taken for a table of options"));
        }
    }
    let good = normalized(subject)?;
    for (key, _) in properties(subject)? {
        // No option of any plugin is a table that holds nothing but this.
        let mut options = good.clone();
        options[&key] = serde_json::json!({ "no_such_key": [] });
        match Subject::new(*subject.plugin(), options).mistake() {
            None => return Err(format!("`{key}` takes a value of any type")),
            Some(error) if error.path.first() == Some(&key) => {}
            Some(error) => return Err(format!("the error does not lead to `{key}`: {error}")),
        }
    }
    Ok(())
}

fn schema_object(subject: &Subject) -> Verdict {
    let schema = schema(subject)?;
    if schema.get("type") != Some(&Value::from("object")) {
        return Err(format!("the schema is {}", Value::Object(schema)));
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err("the schema lets unknown keys through: #[serde(deny_unknown_fields)]".into());
    }
    let silent = properties(subject)?.into_iter().find(|(_, schema)| schema.get("description").is_none());
    silent.map_or(Ok(()), |(key, _)| Err(format!("`{key}` is not described: a doc comment on the field does it")))
}

fn snake_keys(subject: &Subject) -> Verdict {
    let wrong = properties(subject)?.into_iter().find(|(key, _)| !snake(key) || key == "kind");
    wrong.map_or(Ok(()), |(key, _)| Err(format!("there is a key `{key}`")))
}

fn normalized(subject: &Subject) -> Result<Value, String> {
    subject.normalized().map_err(|error| format!("{} does not parse: {error}", subject.options()))
}

fn properties(subject: &Subject) -> Result<Map<String, Value>, String> {
    match schema(subject)?.remove("properties") {
        None => Ok(Map::new()),
        Some(Value::Object(properties)) => Ok(properties),
        Some(other) => Err(format!("the schema's properties are {other}")),
    }
}

/// The schema itself, where the plugin gave a reference to it.
fn schema(subject: &Subject) -> Result<Map<String, Value>, String> {
    let mut generator = SchemaGenerator::default();
    let schema = subject.plugin().schema(&mut generator).to_value();
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
    let schema = match name {
        Some(name) => generator.definitions().get(name).cloned().unwrap_or(schema),
        None => schema,
    };
    match schema {
        Value::Object(schema) => Ok(schema),
        other => Err(format!("the schema is {other}")),
    }
}
