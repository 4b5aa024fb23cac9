//! `clearpool example KIND`: a whole file that has a plugin of this kind, and works.

use clap::{Arg, ArgMatches, Command};

use super::items::{Item, items};
use super::list::unknown;
use super::{Outcome, Streams};
use crate::{App, Loader};

pub(super) fn command() -> Command {
    Command::new("example")
        .about("Prints a whole configuration file that has a plugin of this kind, to begin with")
        .arg(Arg::new("KIND").required(true).help("The kind: lifo, ttl, tcp, ..."))
}

pub(super) fn run(app: &App, args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    let items = items(app);
    let Some(kind) = args.get_one::<String>("KIND") else { return Ok(false) };
    let chosen: Vec<&Item> = items.iter().filter(|item| item.kind == kind).collect();
    if chosen.is_empty() {
        unknown(kind, &items, streams.err)?;
        return Ok(false);
    }
    // Two roles may have one kind: then each has a pool of its own.
    let several = chosen.len() > 1;
    let name = |item: &Item| if several { format!("example-{}", item.sort.name) } else { "example".to_owned() };
    let files: Vec<String> = chosen.iter().map(|item| file(app, item, &name(item), &items)).collect();
    write!(streams.out, "{}", files.join("\n"))?;
    Ok(true)
}

/// A file that the loader takes, if there is a connector with which it does: not each goes with each source.
fn file(app: &App, item: &Item, pool: &str, items: &[Item]) -> String {
    let connectors = items.iter().filter(|other| other.sort.name == "connector");
    let usual = app.defaults.connector;
    let mut connectors: Vec<&Item> = connectors.collect();
    connectors.sort_by_key(|connector| connector.kind != usual);
    let files = connectors.iter().map(|connector| file_with(item, pool, connector));
    let mut all: Vec<String> = files.collect();
    let good = all.iter().position(|text| Loader::new(app).text(text, "example.toml").load().is_ok());
    all.swap_remove(good.unwrap_or(0))
}

fn file_with(item: &Item, pool: &str, connector: &Item) -> String {
    let mut lines = vec![format!("# {} ({}): {}", item.kind, item.sort.name, item.summary), String::new()];
    lines.push(format!("[pools.{pool}]"));
    if item.sort.name != "discovery" {
        lines.push("endpoints = [\"127.0.0.1:7001\", \"127.0.0.1:7002\"]".to_owned());
    }
    let connector = if item.sort.name == "connector" { item } else { connector };
    lines.extend([String::new(), connector.table(pool)]);
    if item.sort.name != "connector" {
        lines.extend([String::new(), item.table(pool)]);
    }
    lines.join("\n") + "\n"
}
