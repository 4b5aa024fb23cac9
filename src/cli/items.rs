//! What can be listed: every plugin of an application, of whatever sort, as one table has them.

use std::path::Path;

use pool_core::{Reason, Role, Stability};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::App;

/// A sort of plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    /// Its name, and its key in a pool's table.
    pub(super) name: &'static str,
    /// What plugins of the sort decide or do.
    pub(super) does: &'static str,
    /// Whether a pool has a list of them.
    pub(super) several: bool,
}

const fn sort(name: &'static str, does: &'static str) -> Sort {
    Sort { name, does, several: false }
}

/// All sorts, in the order in which they are listed: policies by their roles, then the others.
pub(super) const SORTS: [Sort; 8] = [
    sort("acquire", "which idle connection is handed out"),
    sort("release", "what becomes of a returned connection"),
    Sort { name: "evict", does: "which idle connections are closed, and when", several: true },
    sort("balance", "which endpoint serves"),
    sort("health", "which endpoints rest because their leases fail"),
    sort("queue", "who of those who wait is next"),
    sort("connector", "how a connection is made"),
    sort("discovery", "where endpoints come from"),
];

impl Sort {
    /// That of the policies of a role.
    pub(super) fn of(role: Role) -> Sort {
        let found = SORTS.into_iter().find(|sort| sort.name == role.as_str());
        found.unwrap_or_else(|| unreachable!("each role is a sort"))
    }

    /// The header that its table has in a file.
    pub(super) fn header(self, pool: &str) -> String {
        let name = self.name;
        if self.several { format!("[[pools.{pool}.{name}]]") } else { format!("[pools.{pool}.{name}]") }
    }
}

/// A plugin, of whatever sort.
pub(super) struct Item {
    pub(super) sort: Sort,
    pub(super) kind: &'static str,
    pub(super) summary: &'static str,
    pub(super) example: &'static str,
    pub(super) krate: &'static str,
    pub(super) version: &'static str,
    pub(super) stability: Stability,
    /// The words that a policy gives for its decisions.
    pub(super) reasons: &'static [Reason],
    /// The JSON Schema of its options.
    pub(super) schema: Value,
    /// Its options with every default filled in, if it can do with none.
    pub(super) defaults: Option<Value>,
}

macro_rules! item {
    ($plugin:expr, $sort:expr, $reasons:expr, $normalize:expr, $generator:expr) => {
        Item {
            sort: $sort,
            kind: $plugin.kind,
            summary: $plugin.summary,
            example: $plugin.example,
            krate: $plugin.krate,
            version: $plugin.version,
            stability: $plugin.stability,
            reasons: $reasons,
            schema: of(|generator| $plugin.schema(generator), $generator),
            defaults: $normalize(Value::Object(Map::new())).ok(),
        }
    };
}

/// Every plugin, sorted.
pub(super) fn items(app: &App) -> Vec<Item> {
    let mut generator = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true).into_generator();
    SORTS.iter().flat_map(|&sort| items_of(app, sort, &mut generator)).collect()
}

fn items_of(app: &App, sort: Sort, generator: &mut SchemaGenerator) -> Vec<Item> {
    if let Some(role) = Role::ALL.into_iter().find(|role| role.as_str() == sort.name) {
        let plugins = app.policies.of_role(role);
        return plugins
            .map(|plugin| item!(plugin, sort, plugin.reasons, |options| plugin.normalize(options), generator))
            .collect();
    }
    if sort.name == "connector" {
        let here = Path::new("");
        let plugins = app.connectors.iter();
        return plugins
            .map(|plugin| item!(plugin, sort, &[], |options| plugin.normalize_in(here, options), generator))
            .collect();
    }
    let plugins = app.discoveries.iter();
    plugins.map(|plugin| item!(plugin, sort, &[], |options| plugin.normalize(options), generator)).collect()
}

fn of(schema: impl Fn(&mut SchemaGenerator) -> Schema, generator: &mut SchemaGenerator) -> Value {
    schema(generator).to_value()
}

/// One option of a plugin.
pub(super) struct Choice {
    /// Its key; one in a table of its own has the table's before it.
    pub(super) key: String,
    pub(super) meaning: String,
    /// Its default as a file would have it; `None` if it has none.
    pub(super) default: Option<String>,
    pub(super) required: bool,
}

impl Item {
    /// The options, each with its meaning.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        gather(&mut choices, "", &self.schema, self.defaults.as_ref());
        choices
    }

    /// The table as it would stand in a file.
    pub(super) fn table(&self, pool: &str) -> String {
        format!("{}\n{}", self.sort.header(pool), self.example.trim())
    }
}

fn gather(choices: &mut Vec<Choice>, prefix: &str, schema: &Value, defaults: Option<&Value>) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        let default = defaults.and_then(|all| all.get(key)).filter(|value| !value.is_null());
        let path = format!("{prefix}{key}");
        let meaning = schema["description"].as_str().unwrap_or("").replace('\n', " ");
        let is_table = schema["properties"].as_object().is_some_and(|inner| !inner.is_empty());
        let default_text = default.filter(|_| !is_table).map(Value::to_string);
        choices.push(Choice {
            key: path.clone(),
            meaning,
            default: default_text,
            required: required.contains(&key.as_str()),
        });
        if is_table {
            gather(choices, &format!("{path}."), schema, default);
        }
    }
}
