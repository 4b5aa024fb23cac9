//! Reads the pool of a case by the loader of configurations: every key works, and its mistakes are
//! those of a configuration.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::reader::Reader;
use crate::config::{Data, Document, Spot};
use crate::trace::paper;
use crate::{App, Loader, PoolConfig};

/// What a case calls its pool, where a configuration has a name.
const NAME: &str = "trace";

/// Reads pools; one that is like an earlier one is read once.
pub(super) struct Pools {
    app: App,
    read: HashMap<String, Arc<PoolConfig>>,
}

impl Pools {
    pub(super) fn new(app: &App) -> Pools {
        let mut app = app.clone();
        // A connector of this name would be the application's own: it is asked instead.
        let _ = app.connectors.add(paper::PLUGIN);
        Pools { app, read: HashMap::new() }
    }

    /// The pool of this table. `None` if it has mistakes, all of which the reader has then.
    pub(super) fn read(&mut self, reader: &mut Reader<'_>, table: &Table) -> Option<Arc<PoolConfig>> {
        let root = table.root();
        let key = root.data.to_json().to_string();
        if let Some(pool) = self.read.get(&key) {
            return Some(Arc::clone(pool));
        }
        let document = Document { name: reader.name.to_owned(), text: reader.text.to_owned(), root };
        match Loader::new(&self.app).parsed(document).load() {
            Ok(mut config) => {
                let pool = Arc::new(config.pools.remove(NAME)?);
                self.read.insert(key, Arc::clone(&pool));
                Some(pool)
            }
            Err(error) => {
                reader.extend(error.diagnostics);
                None
            }
        }
    }
}

/// The table of a pool, put together from what a case says.
#[derive(Debug, Clone)]
pub(super) struct Table {
    entries: Vec<(String, Spot)>,
    /// Where it stands: its key, and all of it.
    span: (Range<usize>, Range<usize>),
}

impl Table {
    /// What `preset`, `pool` and `endpoints` say; `case` is where nothing else is.
    pub(super) fn of(case: &Spot, preset: Option<&Spot>, pool: Option<&Spot>, endpoints: Option<&Spot>) -> Table {
        let around = pool.or(preset).unwrap_or(case);
        let mut table = Table { entries: Vec::new(), span: (around.key.clone(), around.value.clone()) };
        if let Some(Spot { data: Data::Table(entries), .. }) = pool {
            lay_over(&mut table.entries, entries.iter().filter(|(key, _)| is_of_the_pool(key)));
        }
        if let Some(preset) = preset {
            table.entries.push(("preset".to_owned(), preset.clone()));
        }
        let connector = vec![("kind".to_owned(), made(Data::Scalar(Value::from(paper::KIND))))];
        table.entries.push(("connector".to_owned(), made(Data::Table(connector))));
        let one = || made(Data::List(vec![made(Data::Scalar(Value::from("a")))]));
        table.entries.push(("endpoints".to_owned(), endpoints.cloned().unwrap_or_else(one)));
        table
    }

    /// The same with other keys laid over it, as a file lies over defaults.
    pub(super) fn with(mut self, over: &[(String, Spot)]) -> Table {
        lay_over(&mut self.entries, over.iter().filter(|(key, _)| is_of_the_pool(key)));
        self
    }

    /// The same with other endpoints.
    pub(super) fn with_endpoints(mut self, endpoints: &Spot) -> Table {
        lay_over(&mut self.entries, [&("endpoints".to_owned(), endpoints.clone())]);
        self
    }

    fn root(&self) -> Spot {
        let (key, value) = self.span.clone();
        let pool = Spot { key, value, data: Data::Table(self.entries.clone()) };
        let pools = made(Data::Table(vec![(NAME.to_owned(), pool)]));
        made(Data::Table(vec![("pools".to_owned(), pools)]))
    }
}

/// What stands beside `pool` in a case is told where it is found in it, and not read.
fn is_of_the_pool(key: &str) -> bool {
    super::beside_the_pool(key).is_none()
}

fn lay_over<'s>(below: &mut Vec<(String, Spot)>, over: impl IntoIterator<Item = &'s (String, Spot)>) {
    for (key, spot) in over {
        match below.iter_mut().find(|(other, _)| other == key) {
            None => below.push((key.clone(), spot.clone())),
            Some((_, lower)) => match (&mut lower.data, &spot.data) {
                (Data::Table(lower), Data::Table(upper)) if !is_other_kind(lower, upper) => lay_over(lower, upper),
                _ => *lower = spot.clone(),
            },
        }
    }
}

/// Whether the upper table is of another kind: the options of the lower one are not its own then.
fn is_other_kind(lower: &[(String, Spot)], upper: &[(String, Spot)]) -> bool {
    let kind =
        |table: &[(String, Spot)]| table.iter().find(|(key, _)| key == "kind").map(|(_, spot)| spot.data.to_json());
    kind(upper).is_some_and(|upper| kind(lower).is_some_and(|lower| lower != upper))
}

/// A value that stands nowhere in the file.
fn made(data: Data) -> Spot {
    Spot { key: 0..0, value: 0..0, data }
}

/// A table in a line: `limits.max_open 2, acquire.kind fifo`.
pub(super) fn in_words(spot: &Spot) -> String {
    let mut words = Vec::new();
    put_words(&mut words, "", spot);
    words.join(", ")
}

fn put_words(words: &mut Vec<String>, path: &str, spot: &Spot) {
    match &spot.data {
        Data::Table(entries) if !entries.is_empty() => {
            for (key, spot) in entries {
                put_words(words, &format!("{path}{}{key}", if path.is_empty() { "" } else { "." }), spot);
            }
        }
        Data::Table(_) if path.is_empty() => {}
        Data::Scalar(Value::String(text)) => words.push(format!("{path} {text}")),
        Data::List(items) if items.iter().any(|item| matches!(item.data, Data::Table(_))) => {
            for (at, item) in items.iter().enumerate() {
                put_words(words, &format!("{path}.{at}"), item);
            }
        }
        data => words.push(format!("{path} {}", data.to_json())),
    }
}
