//! `clearpool telemetry-reference`: every metric, span and notice, as a page.

use clap::Command;

use super::{Outcome, Streams};

pub(super) fn command() -> Command {
    Command::new("telemetry-reference").about("Prints the reference of all metrics, spans and notices, in Markdown")
}

pub(super) fn run(streams: &mut Streams<'_>) -> Outcome {
    write!(streams.out, "{}", pool_core::catalog::reference())?;
    Ok(true)
}
