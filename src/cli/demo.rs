//! `clearpool demo`, and the servers that it starts.

use std::io;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Outcome;
use crate::{App, demo};

/// Back-off and reloading take their time, however short the play is.
const SHORTEST: Duration = Duration::from_secs(10);
const SHORTEST_COMPARISON: Duration = Duration::from_secs(1);

pub(super) fn command() -> Command {
    Command::new("demo")
        .about("A pool on real servers, under load, with things going wrong; exits with 1 if a promise is broken")
        .arg(length("for").default_value("60s").help("How long it plays; at least 10s, with --compare-unpooled 1s"))
        .arg(
            Arg::new("compare-unpooled")
                .long("compare-unpooled")
                .action(ArgAction::SetTrue)
                .help("Instead: requests a second with the pool against a fresh connection each"),
        )
        .arg(Arg::new("plain").long("plain").action(ArgAction::SetTrue).help("Plain lines, even in a terminal"))
}

/// One of the demo's servers: started by the demo, not by people.
pub(super) fn server_command() -> Command {
    Command::new("demo-server")
        .hide(true)
        .arg(Arg::new("listen").long("listen").required(true))
        .arg(length("delay").default_value("1ms"))
}

fn length(name: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("DURATION").value_parser(|text: &str| {
        humantime::parse_duration(text).map_err(|error| format!("{error}; for example \"20s\""))
    })
}

pub(super) fn run(app: &App, args: &ArgMatches) -> Outcome {
    let length = args.get_one::<Duration>("for").copied().unwrap_or(Duration::from_secs(60));
    let compares = args.get_flag("compare-unpooled");
    if length < if compares { SHORTEST_COMPARISON } else { SHORTEST } {
        return Err(io::Error::other(format!(
            "the demo needs at least {SHORTEST:?} for all that it shows, a comparison {SHORTEST_COMPARISON:?}: --for 10s"
        )));
    }
    let runtime = runtime()?;
    let played = if compares {
        runtime.block_on(demo::compare(app, length))
    } else {
        runtime.block_on(demo::play(app, length, args.get_flag("plain")))
    };
    played.map_err(|error| io::Error::other(error.to_string()))
}

pub(super) fn serve(args: &ArgMatches) -> Outcome {
    let listen = args.get_one::<String>("listen").map_or("127.0.0.1:0", String::as_str);
    let delay = args.get_one::<Duration>("delay").copied().unwrap_or_default();
    runtime()?.block_on(demo::serve(listen, delay))?;
    Ok(true)
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
