//! The merged configuration as TOML, each value with the place that it comes from.

use std::fmt;

use pool_core::Endpoint;
use serde::Serialize;
use serde_json::Value;

use super::layers::is_secret;
use super::pool::{Chosen, PoolConfig, Source};
use super::report::join;
use super::section::OPTIONS;
use super::{Config, Place};

/// One line of a configuration that is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigLine {
    /// The line in TOML: a value, a header, or nothing. What looks like a secret is not in it, nor the password of an
    /// endpoint's address.
    pub toml: String,
    /// Where its value comes from: `pool.toml:7`, `preset redigo:12`, the name of an environment variable, `default`.
    /// Empty where there is nothing to say.
    pub origin: String,
}

impl Config {
    /// All values, defaults included, as TOML: each with a comment that says where it comes from.
    ///
    /// It is a configuration file itself, that means the same without any environment; but that
    /// what looks like a secret is not printed.
    pub fn explain(&self) -> impl fmt::Display + '_ {
        let mut lines = self.explain_telemetry();
        for name in self.pools.keys() {
            header(&mut lines, "");
            lines.extend(self.explain_pool(name));
        }
        Explained(lines)
    }

    /// The part of [`Config::explain`] that tells of one pool, line by line; nothing if there is no
    /// such pool.
    pub fn explain_pool(&self, name: &str) -> Vec<ConfigLine> {
        let mut lines = Vec::new();
        if let Some(pool) = self.pools.get(name) {
            self.explain_all_of(&mut lines, name, pool);
        }
        lines
    }

    /// The part of [`Config::explain`] that tells of the telemetry, line by line.
    pub fn explain_telemetry(&self) -> Vec<ConfigLine> {
        let mut lines = Vec::new();
        header(&mut lines, "[telemetry]");
        self.leaves(&mut lines, &["telemetry".to_owned()], "", &to_json(&self.telemetry));
        lines
    }

    fn explain_all_of(&self, lines: &mut Vec<ConfigLine>, name: &str, pool: &PoolConfig) {
        let path = ["pools".to_owned(), name.to_owned()];
        let mut all = to_json(&pool.options);
        header(lines, &format!("[pools.{name}]"));
        if let Some(preset) = &pool.preset {
            self.leaf(lines, &join(&path, ["preset"]), "preset", &quoted(preset));
        }
        self.chosen(lines, &join(&path, ["connector"]), "connector.", &pool.connector);
        if let Source::Discovery(chosen) = &pool.source {
            self.chosen(lines, &join(&path, ["discovery"]), "discovery.", chosen);
        }
        for section in OPTIONS {
            self.leaves(lines, &join(&path, [section]), &format!("{section}."), &all[section].take());
        }
        for (role, chosen) in [("acquire", &pool.acquire), ("release", &pool.release), ("balance", &pool.balance)] {
            self.chosen(lines, &join(&path, [role]), &format!("{role}."), chosen);
        }
        for (role, chosen) in [("health", &pool.health), ("queue", &pool.queue)] {
            let Some(chosen) = chosen else { continue };
            self.chosen(lines, &join(&path, [role]), &format!("{role}."), chosen);
        }
        if pool.evict.is_empty() {
            self.leaf(lines, &join(&path, ["evict"]), "evict", "[]");
        }
        for (at, chosen) in pool.evict.iter().enumerate() {
            header(lines, "");
            header(lines, &format!("[[pools.{name}.evict]]"));
            self.chosen(lines, &join(&path, ["evict", &at.to_string()]), "", chosen);
        }
        if let Source::Endpoints(endpoints) = &pool.source {
            self.explain_endpoints(lines, name, &join(&path, ["endpoints"]), endpoints);
        }
    }

    fn explain_endpoints(&self, lines: &mut Vec<ConfigLine>, name: &str, path: &[String], endpoints: &[Endpoint]) {
        for (at, endpoint) in endpoints.iter().enumerate() {
            header(lines, "");
            header(lines, &format!("[[pools.{name}.endpoints]]"));
            let shown = Endpoint { address: endpoint.public_address().into_owned(), ..endpoint.clone() };
            self.leaves(lines, &join(path, [at.to_string()]), "", &to_json(&shown));
        }
    }

    fn chosen(&self, lines: &mut Vec<ConfigLine>, path: &[String], prefix: &str, chosen: &Chosen) {
        self.leaf(
            lines,
            &join(path, ["kind"]),
            &format!("{prefix}kind"),
            &toml_value(&Value::from(chosen.kind.as_str())),
        );
        self.leaves(lines, path, prefix, &chosen.options);
    }

    /// Every value below a table, each on a line of its own with a dotted key.
    fn leaves(&self, lines: &mut Vec<ConfigLine>, path: &[String], prefix: &str, value: &Value) {
        for (key, value) in value.as_object().into_iter().flatten() {
            let path = join(path, [key]);
            let dotted = format!("{prefix}{}", toml_key(key));
            match value {
                // TOML cannot say that there is none; the comment can.
                Value::Null => lines.push(ConfigLine { toml: format!("# {dotted} is not set"), origin: String::new() }),
                Value::Object(inner) if !inner.is_empty() => self.leaves(lines, &path, &format!("{dotted}."), value),
                value if is_secret(&path.join(".")) => self.leaf(lines, &path, &dotted, &redacted(value)),
                value => self.leaf(lines, &path, &dotted, &toml_value(value)),
            }
        }
    }

    fn leaf(&self, lines: &mut Vec<ConfigLine>, path: &[String], key: &str, value: &str) {
        let origin = match self.origin_of(path) {
            Place::File { name, line, .. } => format!("{name}:{line}"),
            Place::Preset { name, line, .. } => format!("preset {name}:{line}"),
            place => place.to_string(),
        };
        lines.push(ConfigLine { toml: format!("{key} = {value}"), origin });
    }
}

fn header(lines: &mut Vec<ConfigLine>, text: &str) {
    lines.push(ConfigLine { toml: text.to_owned(), origin: String::new() });
}

fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn redacted(value: &Value) -> String {
    if value.is_string() { "\"***\"".to_owned() } else { toml_value(value) }
}

fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { quoted(key) }
}

/// JSON's spelling is TOML's too, but for tables and the control character DEL.
fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<_> =
                entries.map(|(key, value)| format!("{} = {}", toml_key(key), toml_value(value))).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

struct Explained(Vec<ConfigLine>);

/// A value so long that the comments of all others would be out of sight beside it.
const WIDEST: usize = 60;

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commented = self.0.iter().filter(|line| !line.origin.is_empty());
        let width = commented.map(|line| line.toml.chars().count()).filter(|&width| width <= WIDEST).max().unwrap_or(0);
        for line in &self.0 {
            match line.origin.as_str() {
                "" => writeln!(f, "{}", line.toml)?,
                origin => writeln!(f, "{:width$}  # {origin}", line.toml)?,
            }
        }
        Ok(())
    }
}
