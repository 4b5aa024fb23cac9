//! `clearpool schema`: the JSON Schema of a configuration file, for editors.

use clap::Command;

use super::{Outcome, Streams};
use crate::App;
use crate::config::schema;

pub(super) fn command() -> Command {
    Command::new("schema").about("Prints the JSON Schema of a configuration file, for editors")
}

pub(super) fn run(app: &App, streams: &mut Streams<'_>) -> Outcome {
    writeln!(streams.out, "{:#}", schema(app))?;
    Ok(true)
}
