//! `clearpool preset NAME`: a preset's file, as it is.

use std::io;

use clap::{Arg, ArgMatches, Command};

use super::{Outcome, Streams};
use crate::config::meant_preset;
use crate::presets::{self, Preset};

pub(super) fn command() -> Command {
    Command::new("preset")
        .about("Prints the file of a preset; without a name, lists them")
        .arg(Arg::new("NAME").help("The preset: redigo, hikari, ..."))
}

pub(super) fn run(args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    let Some(name) = args.get_one::<String>("NAME") else {
        list(streams.out)?;
        return Ok(true);
    };
    if let Some(preset) = presets::get(name) {
        write!(streams.out, "{}", preset.toml())?;
        return Ok(true);
    }
    writeln!(streams.err, "error: there is no preset called `{name}`")?;
    if let Some(meant) = meant_preset(name) {
        writeln!(streams.err, "  = did you mean {meant}?")?;
    }
    let names: Vec<_> = presets::all().iter().map(Preset::name).collect();
    writeln!(streams.err, "  = presets: {}", names.join(", "))?;
    Ok(false)
}

/// Each with what it is, in a line.
pub(super) fn list(out: &mut dyn io::Write) -> io::Result<()> {
    let width = presets::all().iter().map(|preset| preset.name().len()).max().unwrap_or(0);
    presets::all().iter().try_for_each(|preset| writeln!(out, "  {:width$}  {}", preset.name(), preset.summary()))
}
