//! `clearpool list`: which plugins and presets there are, and what each plugin can be told.

use std::io::{self, Write};

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::items::{Item, items};
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
                .help("Only the table, to paste into a file; `clearpool example KIND` prints a whole file"),
        )
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
        if examples_only { writeln!(streams.out, "{}", item.table("NAME"))? } else { describe(item, streams.out)? }
    }
    Ok(true)
}

fn list(items: &[Item], examples_only: bool, out: &mut dyn Write) -> io::Result<()> {
    let widest = |of: fn(&Item) -> usize| items.iter().map(of).max().unwrap_or(0);
    let kind = widest(|item| item.kind.len());
    let stability = widest(|item| item.stability.as_str().len());
    let krate = widest(|item| item.krate.len() + item.version.len() + 1);
    let mut heading = "";
    for item in items {
        if item.sort.name != heading {
            let gap = if heading.is_empty() { "" } else { "\n" };
            heading = item.sort.name;
            writeln!(out, "{gap}{}{heading}: {}", if examples_only { "# " } else { "" }, item.sort.does)?;
        }
        if examples_only {
            writeln!(out, "\n{}", item.table("NAME"))?;
        } else {
            let (settled, from) = (item.stability.as_str(), format!("{} {}", item.krate, item.version));
            writeln!(out, "  {:kind$}  {settled:stability$}  {from:krate$}  {}", item.kind, item.summary)?;
        }
    }
    Ok(())
}

fn describe(item: &Item, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", item.kind, item.summary)?;
    let (settled, sort) = (item.stability.as_str(), item.sort);
    writeln!(out, "from the crate {} {} ({settled}), for {}: {}", item.krate, item.version, sort.name, sort.does)?;
    let choices = item.choices();
    if !choices.is_empty() {
        writeln!(out, "\noptions:")?;
    }
    let width = choices.iter().map(|choice| choice.key.len()).max().unwrap_or(0);
    for choice in choices {
        let default = match choice.default {
            _ if choice.required => " Required.".to_owned(),
            Some(default) if !choice.meaning.contains("Default") => format!(" Default {default}."),
            _ => String::new(),
        };
        writeln!(out, "  {:width$}  {}{default}", choice.key, choice.meaning)?;
    }
    if !item.reasons.is_empty() {
        let words: Vec<_> = item.reasons.iter().map(|reason| reason.as_str()).collect();
        writeln!(out, "\nreasons, as metrics and spans have them: {}", words.join(", "))?;
    }
    writeln!(out, "\nexample:")?;
    item.table("NAME").lines().try_for_each(|line| writeln!(out, "  {line}"))
}

/// There is no such kind.
pub(super) fn unknown(kind: &str, items: &[Item], err: &mut dyn Write) -> io::Result<()> {
    writeln!(err, "error: there is no plugin called `{kind}`")?;
    if crate::presets::get(kind).is_some() {
        return writeln!(err, "  = it is a preset: `clearpool preset {kind}` prints it");
    }
    if let Some(meant) = crate::config::nearest(kind, items.iter().map(|item| item.kind)) {
        writeln!(err, "  = did you mean `{meant}`?")?;
    }
    writeln!(err, "  = `clearpool list` lists them all")
}
