//! The presets that pools name, as layers.

use pool_core::{Policies, PoolOptions};
use serde_json::Value;

use super::document::Document;
use super::layers::{Layer, merge};
use super::report::Report;
use super::section::{self, Behavior};
use super::{ConfigError, Diagnostic, Loader, Place, Severity};
use crate::App;
use crate::presets::{self, Preset};

/// The layer of each pool that names a preset. A name that no preset has gives none: the reader of
/// the configuration says so.
pub(super) fn layers(given: &[Layer]) -> Result<Vec<Layer>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    for (pool, preset) in named(given) {
        found.push(layer(pool, preset)?);
    }
    Ok(found)
}

fn layer(pool: String, preset: &Preset) -> Result<Layer, Vec<Diagnostic>> {
    let document = Document::parse(&format!("preset {}", preset.name()), preset.toml())?;
    Ok(Layer::Preset { pool, preset: preset.name(), document })
}

/// Pools and their presets, as the uppermost layer has them that names one.
fn named(given: &[Layer]) -> Vec<(String, &'static Preset)> {
    let mut layers: Vec<&Layer> = given.iter().collect();
    layers.sort_by_key(|layer| layer.rank());
    let mut names = std::collections::BTreeMap::new();
    for layer in layers {
        let Some(Value::Object(pools)) = layer.to_json().get_mut("pools").map(Value::take) else { continue };
        names.extend(pools.into_iter().filter_map(|(pool, table)| Some((pool, table.get("preset")?.clone()))));
    }
    let known = names.into_iter().filter_map(|(pool, name)| Some((pool, presets::get(name.as_str()?)?)));
    known.collect()
}

/// What a preset says by itself, over the defaults of an application.
fn alone(app: &App, preset: &Preset) -> Result<Behavior, ConfigError> {
    const POOL: &str = "preset";
    let layer = layer(POOL.to_owned(), preset).map_err(|diagnostics| ConfigError { diagnostics })?;
    let defaults = Loader::new(app).defaults(std::slice::from_ref(&layer));
    let tree = merge(vec![defaults, layer]);
    let mut report = Report::new(&tree, Vec::new());
    let behavior = section::behavior(&mut report, &["pools".to_owned(), POOL.to_owned()], app);
    let diagnostics = report.finish();
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    match behavior {
        Some(behavior) if !diagnostics.iter().any(is_error) => Ok(behavior),
        _ => Err(ConfigError { diagnostics }),
    }
}

/// The same as values that a pool is built from.
pub(crate) fn parts(app: &App, preset: &Preset) -> Result<(PoolOptions, Policies), ConfigError> {
    let behavior = alone(app, preset)?;
    match behavior.policies(&app.policies) {
        Ok(policies) => Ok((behavior.options, policies)),
        // The options were taken a moment ago.
        Err(mistake) => Err(ConfigError { diagnostics: vec![Diagnostic::error(mistake.to_string(), Place::Default)] }),
    }
}
