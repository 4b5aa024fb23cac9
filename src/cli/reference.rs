//! `clearpool reference ROLE`: every plugin of a role, with its options, its reasons and an example, as a page.

use std::fmt::Write as _;

use clap::{Arg, ArgMatches, Command};

use super::items::{Choice, Item, SORTS, Sort, items};
use super::{Outcome, Streams};
use crate::App;

pub(super) fn command() -> Command {
    let names = SORTS.map(|sort| sort.name);
    Command::new("reference").about("Prints the reference of all plugins of a role, in Markdown").arg(
        Arg::new("ROLE").required(true).value_parser(clap::builder::PossibleValuesParser::new(names)).help("The role"),
    )
}

pub(super) fn run(app: &App, args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    let Some(sort) = args.get_one::<String>("ROLE").and_then(|name| SORTS.into_iter().find(|it| it.name == name))
    else {
        return Ok(false);
    };
    write!(streams.out, "{}", page(app, sort))?;
    Ok(true)
}

fn page(app: &App, sort: Sort) -> String {
    let items: Vec<Item> = items(app).into_iter().filter(|item| item.sort == sort).collect();
    let Sort { name, does, .. } = sort;
    let mut page = format!("# {name}: {does}\n\n");
    let _ = writeln!(page, "<!-- Written by `clearpool reference {name}`. Do not edit. -->\n");
    page += "| kind | what it does | stability | crate |\n|---|---|---|---|\n";
    for Item { kind, summary, stability, krate, .. } in &items {
        let _ = writeln!(page, "| [`{kind}`](#{kind}) | {summary} | {} | {krate} |", stability.as_str());
    }
    items.iter().for_each(|item| section(&mut page, item));
    page
}

fn section(page: &mut String, item: &Item) {
    let _ = writeln!(page, "\n## {}\n\n{}.", item.kind, item.summary);
    let choices = item.choices();
    if choices.is_empty() {
        page.push_str("\nIt has no options.\n");
    } else {
        page.push_str("\n| option | default | meaning |\n|---|---|---|\n");
        choices.iter().for_each(|choice| row(page, choice));
    }
    if !item.reasons.is_empty() {
        let words: Vec<_> = item.reasons.iter().map(|reason| format!("`{reason}`")).collect();
        let _ = writeln!(page, "\nReasons, as metrics and spans have them: {}.", words.join(", "));
    }
    let _ = writeln!(page, "\n```toml\n{}\n```", item.table("NAME"));
}

fn row(page: &mut String, choice: &Choice) {
    let default = match &choice.default {
        _ if choice.required => "required".to_owned(),
        Some(default) => format!("`{default}`"),
        None => String::new(),
    };
    let _ = writeln!(page, "| `{}` | {} | {} |", choice.key, escaped(&default), escaped(&choice.meaning));
}

/// A bar would end the cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
