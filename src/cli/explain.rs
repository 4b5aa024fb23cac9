//! `clearpool explain FILE`: what holds, and where each value comes from.

use std::ffi::OsString;

use clap::{ArgMatches, Command};

use super::{Outcome, Streams, file_arg, load};
use crate::App;

pub(super) fn command() -> Command {
    Command::new("explain")
        .about("Prints the configuration that holds, each value with where it comes from")
        .arg(file_arg())
}

pub(super) fn run(
    app: &App,
    args: &ArgMatches,
    environment: Vec<(OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> Outcome {
    let Some(config) = load(app, args, environment, streams)? else { return Ok(false) };
    write!(streams.out, "{}", config.explain())?;
    Ok(true)
}
