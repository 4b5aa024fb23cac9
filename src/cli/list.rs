//! `clearpool list`: which plugins and presets there are, and what each plugin can be told.

use std::io::{self, Write};

use clap::{Arg, ArgAction, ArgMatches, Command};
use pool_core::{Reason, Role};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::{Outcome, Streams};
use crate::App;

pub(super) fn command() -> Command {
    Command::new("list")
        .about("Lists the plugins and presets; with a kind of plugin, tells what it can be told")
        .arg(Arg::new("KIND").help("Only this kind, with its options and an example"))
        .arg(
            Arg::new("example")
                .long("example")
                .action(ArgAction::SetTrue)
                .help("Only the example, to paste into a file"),
        )
}

/// What can be listed, of whatever sort.
struct Item {
    heading: &'static str,
    /// The header that its table has in a file.
    header: &'static str,
    kind: &'static str,
    summary: &'static str,
    example: &'static str,
    krate: &'static str,
    /// The words that a policy gives for its decisions.
    reasons: &'static [Reason],
    options: Value,
}

pub(super) fn run(app: &App, args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    let items = items(app);
    let examples_only = args.get_flag("example");
    let Some(kind) = args.get_one::<String>("KIND") else {
        list(&items, examples_only, streams.out)?;
        if !examples_only {
            writeln!(streams.out, "\npreset: how a well-known pool behaves")?;
            super::preset::list(streams.out)?;
        }
        return Ok(true);
    };
    let chosen: Vec<&Item> = items.iter().filter(|item| item.kind == kind).collect();
    if chosen.is_empty() {
        unknown(kind, &items, streams.err)?;
        return Ok(false);
    }
    for item in chosen {
        if examples_only { writeln!(streams.out, "{}", example(item))? } else { describe(item, streams.out)? }
    }
    Ok(true)
}

fn items(app: &App) -> Vec<Item> {
    let mut generator = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut items = Vec::new();
    for (role, heading, header) in [
        (Role::Acquire, "acquire: which idle connection is handed out", "[pools.NAME.acquire]"),
        (Role::Release, "release: what becomes of a returned connection", "[pools.NAME.release]"),
        (Role::Evict, "evict: which idle connections are closed, and when", "[[pools.NAME.evict]]"),
        (Role::Balance, "balance: which endpoint serves", "[pools.NAME.balance]"),
        (Role::Health, "health: which endpoints rest because their leases fail", "[pools.NAME.health]"),
        (Role::Queue, "queue: who of those who wait is next", "[pools.NAME.queue]"),
    ] {
        items.extend(app.policies.of_role(role).map(|plugin| Item {
            heading,
            header,
            kind: plugin.kind,
            summary: plugin.summary,
            example: plugin.example,
            krate: plugin.krate,
            reasons: plugin.reasons,
            options: options(|generator| plugin.schema(generator), &mut generator),
        }));
    }
    items.extend(app.connectors.iter().map(|plugin| Item {
        heading: "connector: how a connection is made",
        header: "[pools.NAME.connector]",
        kind: plugin.kind,
        summary: plugin.summary,
        example: plugin.example,
        krate: plugin.krate,
        reasons: &[],
        options: options(|generator| plugin.schema(generator), &mut generator),
    }));
    items.extend(app.discoveries.iter().map(|plugin| Item {
        heading: "discovery: where endpoints come from",
        header: "[pools.NAME.discovery]",
        kind: plugin.kind,
        summary: plugin.summary,
        example: plugin.example,
        krate: plugin.krate,
        reasons: &[],
        options: options(|generator| plugin.schema(generator), &mut generator),
    }));
    items
}

fn options(schema: impl Fn(&mut SchemaGenerator) -> Schema, generator: &mut SchemaGenerator) -> Value {
    schema(generator).to_value()
}

fn list(items: &[Item], examples_only: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = items.iter().map(|item| item.kind.len()).max().unwrap_or(0);
    let mut heading = "";
    for item in items {
        if item.heading != heading {
            let gap = if heading.is_empty() { "" } else { "\n" };
            heading = item.heading;
            writeln!(out, "{gap}{}{heading}", if examples_only { "# " } else { "" })?;
        }
        if examples_only {
            writeln!(out, "\n{}", example(item))?;
        } else {
            writeln!(out, "  {:width$}  {}", item.kind, item.summary)?;
        }
    }
    Ok(())
}

fn describe(item: &Item, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", item.kind, item.summary)?;
    writeln!(out, "from the crate {}, for {}", item.krate, item.heading)?;
    let required: Vec<&str> =
        item.options["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties: Vec<_> = item.options["properties"].as_object().into_iter().flatten().collect();
    if !properties.is_empty() {
        writeln!(out, "\noptions:")?;
    }
    let width = properties.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    for (key, schema) in properties {
        let meaning = schema["description"].as_str().unwrap_or("").replace('\n', " ");
        let default = match &schema["default"] {
            _ if required.contains(&key.as_str()) => " Required.".to_owned(),
            Value::Null => String::new(),
            _ if meaning.contains("Default") => String::new(),
            default => format!(" Default {default}."),
        };
        writeln!(out, "  {key:width$}  {meaning}{default}")?;
    }
    if !item.reasons.is_empty() {
        let words: Vec<_> = item.reasons.iter().map(|reason| reason.as_str()).collect();
        writeln!(out, "\nreasons, as metrics and spans have them: {}", words.join(", "))?;
    }
    writeln!(out, "\nexample:")?;
    example(item).lines().try_for_each(|line| writeln!(out, "  {line}"))
}

/// The example as it would stand in a file.
fn example(item: &Item) -> String {
    format!("{}\n{}", item.header, item.example.trim())
}

fn unknown(kind: &str, items: &[Item], err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "error: there is no plugin called `{kind}`")?;
    if crate::presets::get(kind).is_some() {
        return writeln!(err, "  = it is a preset: `clearpool preset {kind}` prints it");
    }
    if let Some(meant) = crate::config::nearest(kind, items.iter().map(|item| item.kind)) {
        writeln!(err, "  = did you mean `{meant}`?")?;
    }
    writeln!(err, "  = `clearpool list` lists them all")
}
