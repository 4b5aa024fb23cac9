//! Presets: what each says, that all of it can be given another value, and that it makes a pool.

mod built;
mod guide;
mod layered;
mod overridden;
mod reloaded;
mod said;

use clearpool::{App, Config, ConfigError, Loader, presets};
use serde_json::Value;

/// The configuration of one pool of a preset, called `p`, with values that the program sets.
fn load(preset: &str, set: &[(String, Value)]) -> Result<Config, ConfigError> {
    let text = format!(
        "[pools.p]\npreset = \"{preset}\"\nconnector = {{ kind = \"tcp\" }}\nendpoints = [\"127.0.0.1:7001\"]\n"
    );
    let app = App::new();
    let loader = Loader::new(&app).text("pool.toml", text);
    set.iter().fold(loader, |loader, (path, value)| loader.set(&format!("pools.p.{path}"), value.clone())).load()
}

/// The same, with nothing wrong and nothing odd about it.
fn loaded(preset: &str) -> Config {
    let config = load(preset, &[]).unwrap_or_else(|error| panic!("{preset}: {error}"));
    assert!(config.warnings.is_empty(), "{preset}: {:?}", config.warnings);
    config
}

fn names() -> impl Iterator<Item = &'static str> {
    presets::all().iter().map(presets::Preset::name)
}

/// What a pool does, as one table of plain values.
fn values(config: &Config) -> Value {
    let pool = &config.pools["p"];
    let mut all = serde_json::to_value(&pool.options).expect("plain values");
    let chosen = |chosen: &clearpool::config::Chosen| {
        let mut table = chosen.options.clone();
        table["kind"] = Value::from(chosen.kind.as_str());
        table
    };
    for (role, policy) in [("acquire", &pool.acquire), ("release", &pool.release), ("balance", &pool.balance)] {
        all[role] = chosen(policy);
    }
    all["evict"] = pool.evict.iter().map(chosen).collect();
    all
}

/// Every value with its path, but for what tables and lists of tables are made of.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    let joined = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    match value {
        Value::Object(entries) => entries.iter().for_each(|(key, value)| leaves(value, &joined(key), found)),
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &joined(&at.to_string()), found));
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}
