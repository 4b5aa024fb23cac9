//! Reads the form: a file is a case, or several as YAML documents.
//!
//! It is strict. What it does not know is a mistake with its line, and so is a step that names what
//! cannot be: a caller that never asked, an endpoint that is not there.

mod crowd;
mod dial;
mod effects;
mod known;
mod pool;
pub(super) mod reader;
mod steps;

use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::Value;

use self::known::Known;
use self::pool::{Pools, Table};
use self::reader::{NOTHING, Reader, scalar};
use super::case::{Case, Recorded};
use crate::App;
use crate::config::{Data, Diagnostic, Document, Place, Spot};

/// Everything that a case may have.
const CASE: [&str; 10] =
    ["name", "why", "deviates", "recorded", "preset", "pool", "endpoints", "seed", "network", "steps"];

/// A file that is refused: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistakes {
    /// At least one, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

impl Mistakes {
    pub(super) fn unreadable(name: &str, error: &io::Error) -> Mistakes {
        Mistakes::in_file(name, format!("the file cannot be read: {error}"))
    }

    pub(super) fn not_utf8(name: &str, at: usize) -> Mistakes {
        Mistakes::in_file(name, format!("the file is not UTF-8: byte {at}"))
    }

    fn in_file(name: &str, message: String) -> Mistakes {
        let place = Place::WholeFile { name: name.to_owned() };
        Mistakes { diagnostics: vec![Diagnostic::error(message, place)] }
    }
}

/// All of them as compilers print them, and how many there are.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(f, "{diagnostic}\n")?;
        }
        match self.diagnostics.len() {
            1 => f.write_str("1 mistake: nothing of this file was run"),
            mistakes if mistakes >= reader::MOST => f.write_str("these and perhaps more: nothing of this file was run"),
            mistakes => write!(f, "{mistakes} mistakes: nothing of this file was run"),
        }
    }
}

impl std::error::Error for Mistakes {}

/// Reads every case of a text.
pub(super) fn read(name: &str, text: &str, app: &App) -> Result<Vec<Case>, Mistakes> {
    let roots = Document::parse_all(name, text).map_err(|diagnostics| Mistakes { diagnostics })?;
    let (mut reader, mut pools, file) = (Reader::new(name, text), Pools::new(app), Arc::from(name));
    // A document with nothing in it is what a `---` at the end leaves.
    let roots: Vec<Spot> = roots.into_iter().filter(|root| scalar(root) != Some(&Value::Null)).collect();
    if roots.is_empty() {
        reader.error(&(0..0), "there is no case", ["a case has a `name` and `steps`"]);
    }
    let cases: Vec<Case> = roots.iter().filter_map(|root| case(&mut reader, &mut pools, &file, root)).collect();
    match reader.finish() {
        diagnostics if diagnostics.is_empty() => Ok(cases),
        diagnostics => Err(Mistakes { diagnostics }),
    }
}

fn case(reader: &mut Reader<'_>, pools: &mut Pools, file: &Arc<str>, root: &Spot) -> Option<Case> {
    let entries = reader.table(root, &CASE)?;
    let find = |key: &str| entries.iter().find(|(other, _)| other == key).map(|(_, spot)| spot);
    // `pool:` with nothing behind it says nothing, and no harm is done.
    let pool_table = find("pool").filter(|spot| scalar(spot) != Some(&Value::Null));
    if let Some(spot) = pool_table {
        only_of_the_pool(reader, spot);
    }
    let mut known = Known {
        endpoints: endpoints_named(find("endpoints"), find("steps")),
        asked: Vec::new(),
        has_crowd: false,
        table: Table::of(root, find("preset"), pool_table, find("endpoints")),
    };
    let pool = pools.read(reader, &known.table);
    let network = find("network").and_then(|spot| dial::dials(reader, spot, &known));
    let words = |reader: &mut Reader<'_>, key: &str| find(key).and_then(|spot| reader.text(spot).map(str::to_owned));
    let (why, deviates) = (words(reader, "why"), words(reader, "deviates"));
    let recorded = find("recorded").and_then(|spot| recorded(reader, spot));
    let seed = find("seed").and_then(|spot| reader.number(spot));
    let name = match find("name") {
        Some(spot) => reader.text(spot).map(str::to_owned),
        None => missing(reader, root, "name", "what does the pool do here? One sentence"),
    };
    let steps = match find("steps") {
        Some(spot) => steps::steps(reader, pool.is_some().then_some(pools), spot, &mut known),
        None => missing(reader, root, "steps", "for example: `steps: [{ acquire: A, dials: 1, grants: { A: 1 } }]`"),
    };
    Some(Case {
        told: told(find("preset"), pool_table, find("endpoints")),
        name: name?,
        why,
        deviates,
        recorded,
        file: Arc::clone(file),
        line: reader.line(root.value.start),
        pool: pool?,
        seed: seed.unwrap_or(0),
        network: network.unwrap_or_default(),
        steps: steps?,
    })
}

fn missing<T>(reader: &mut Reader<'_>, root: &Spot, key: &str, note: &str) -> Option<T> {
    // The whole case is meant: its first line is enough of it.
    reader.error(&(root.value.start..root.value.start), format!("missing key `{key}`"), [note]);
    None
}

/// Where connections lead and how they are made is no part of the pool's table here.
fn only_of_the_pool(reader: &mut Reader<'_>, spot: &Spot) {
    let notes = || vec!["for example: `pool: { limits: { max_open: 2 } }`".to_owned()];
    let Some(entries) = reader.entries(spot, "a table, as `[pools.NAME]` in a configuration", notes) else { return };
    for (key, spot) in entries {
        if let Some(note) = beside_the_pool(key) {
            reader.error(&spot.key, format!("`{key}` is no part of the pool of a case"), [note]);
        }
    }
}

/// Where a key of a configured pool is found instead.
fn beside_the_pool(key: &str) -> Option<&'static str> {
    Some(match key {
        "endpoints" => "`endpoints` stands beside `pool`",
        "preset" => "`preset` stands beside `pool`",
        "discovery" => "the endpoints are those of `endpoints`, beside `pool` and in steps",
        "connector" => "connections are made on paper: `network`, beside `pool` and in steps, says how that goes",
        _ => return None,
    })
}

/// Every name that `endpoints` gives, here or in a step.
fn endpoints_named(first: Option<&Spot>, steps: Option<&Spot>) -> Vec<String> {
    let steps = match steps.map(|steps| &steps.data) {
        Some(Data::List(steps)) => steps.as_slice(),
        _ => &[],
    };
    let later = steps.iter().filter_map(|step| child(step, "endpoints"));
    let mut names: Vec<String> = if first.is_none() { vec!["a".to_owned()] } else { Vec::new() };
    for list in first.into_iter().chain(later) {
        let Data::List(items) = &list.data else { continue };
        let own = |item: &Spot| child(item, "id").or_else(|| child(item, "address")).cloned();
        names.extend(items.iter().filter_map(|item| match scalar(&own(item).unwrap_or_else(|| item.clone()))? {
            Value::String(name) => Some(name.clone()),
            other => Some(other.to_string()),
        }));
    }
    names.sort();
    names.dedup();
    names
}

fn child<'s>(spot: &'s Spot, key: &str) -> Option<&'s Spot> {
    match &spot.data {
        Data::Table(entries) => entries.iter().find(|(other, _)| other == key).map(|(_, spot)| spot),
        _ => None,
    }
}

fn recorded(reader: &mut Reader<'_>, spot: &Spot) -> Option<Recorded> {
    let (mut from, mut seed) = (None, 0);
    for (key, spot) in reader.table(spot, &["from", "seed"])? {
        match key.as_str() {
            "from" => from = Some(reader.text(spot)?.to_owned()),
            "seed" => seed = reader.number(spot)?,
            _ => {}
        }
    }
    if from.is_none() {
        reader.error(&spot.value, "missing key `from`: from which pool, in which version?", NOTHING);
    }
    Some(Recorded { from: from?, seed })
}

/// The pool in a line.
fn told(preset: Option<&Spot>, pool: Option<&Spot>, endpoints: Option<&Spot>) -> String {
    let mut told = match preset.and_then(scalar).and_then(Value::as_str) {
        Some(preset) => format!("preset {preset}"),
        None => "the default pool".to_owned(),
    };
    if let Some(words) = pool.map(pool::in_words).filter(|words| !words.is_empty()) {
        told += &format!(" with {words}");
    }
    if let Some(endpoints) = endpoints {
        told += &format!("; {}", endpoints_in_words(endpoints));
    }
    told
}

/// `endpoints a, b of weight 4`.
fn endpoints_in_words(spot: &Spot) -> String {
    let Data::List(items) = &spot.data else { return String::new() };
    let word = |spot: &Spot| scalar(spot).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let named = items.iter().filter_map(|item| {
        let name = word(item).or_else(|| child(item, "id").or_else(|| child(item, "address")).and_then(word))?;
        let weight = child(item, "weight").and_then(word).map(|weight| format!(" of weight {weight}"));
        Some(name + &weight.unwrap_or_default())
    });
    let named: Vec<String> = named.collect();
    match named.len() {
        0 => "no endpoint".to_owned(),
        1 => format!("endpoint {}", named[0]),
        _ => format!("endpoints {}", named.join(", ")),
    }
}
