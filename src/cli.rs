//! The command line `clearpool`, for any set of plugins.
//!
//! An application with plugins of its own makes a `main` of one line, and has `check`, `explain`,
//! `list`, `schema` and `trace` that know them:
//!
//! ```no_run
//! let app = clearpool::App::new(); // .policy(my_policy::PLUGIN)
//! clearpool::cli::run(&app, std::env::args_os());
//! ```

mod check;
#[cfg(feature = "demo")]
mod demo;
mod example;
mod explain;
mod items;
mod list;
mod new_policy;
mod preset;
mod reference;
mod schema;
mod telemetry_reference;
mod trace;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use crate::App;

/// Where the commands write to.
pub(crate) struct Streams<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
}

/// What came of a command: all well, or a mistake that has been told.
type Outcome = io::Result<bool>;

/// Runs the command line. The exit code is 0 if all is well, 1 if a configuration is refused or a case fails, 2 if
/// the command makes no sense.
pub fn run(app: &App, args: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Not locked: the log, which other threads write, goes to the standard error too.
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let code = run_with(app, args, std::env::vars_os().collect(), &mut Streams { out: &mut out, err: &mut err });
    ExitCode::from(code)
}

/// The same with everything handed in: what a test needs.
pub(crate) fn run_with(
    app: &App,
    args: impl IntoIterator<Item = OsString>,
    environment: Vec<(OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> u8 {
    let matches = match command().try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            let to: &mut dyn Write = if error.use_stderr() { streams.err } else { streams.out };
            let _ = write!(to, "{error}");
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    let outcome = dispatch(app, &matches, environment, streams);
    exit_code(outcome, streams.err)
}

fn exit_code(outcome: Outcome, err: &mut dyn Write) -> u8 {
    match outcome {
        Ok(true) => 0,
        // Nobody reads on, as with `clearpool explain FILE | head`: that is no mistake.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Ok(false) => 1,
        Err(error) => {
            let _ = writeln!(err, "error: {error}");
            1
        }
    }
}

fn dispatch(
    app: &App,
    matches: &ArgMatches,
    environment: Vec<(OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> Outcome {
    match matches.subcommand() {
        Some(("check", args)) => check::run(app, args, environment, streams),
        Some(("example", args)) => example::run(app, args, streams),
        Some(("explain", args)) => explain::run(app, args, environment, streams),
        Some(("list", args)) => list::run(app, args, streams),
        Some(("new-policy", args)) => new_policy::run(app, args, streams),
        Some(("preset", args)) => preset::run(args, streams),
        Some(("reference", args)) => reference::run(app, args, streams),
        Some(("schema", _)) => schema::run(app, streams),
        Some(("trace", args)) => trace::run(app, args, streams),
        #[cfg(feature = "demo")]
        Some(("demo", args)) => demo::run(app, args),
        #[cfg(feature = "demo")]
        Some(("demo-server", args)) => demo::serve(args),
        Some(("telemetry-reference", _)) => telemetry_reference::run(streams),
        _ => Ok(false),
    }
}

fn command() -> Command {
    let command = Command::new("clearpool")
        .about("Pools of connections that you can see through")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(check::command())
        .subcommand(example::command())
        .subcommand(explain::command())
        .subcommand(list::command())
        .subcommand(new_policy::command())
        .subcommand(preset::command())
        .subcommand(reference::command())
        .subcommand(schema::command())
        .subcommand(trace::command())
        .subcommand(telemetry_reference::command());
    #[cfg(feature = "demo")]
    let command = command.subcommand(demo::command()).subcommand(demo::server_command());
    command
}

/// The argument FILE.
fn file_arg() -> Arg {
    Arg::new("FILE")
        .required(true)
        .value_parser(clap::value_parser!(std::path::PathBuf))
        .help("The configuration file: TOML or YAML")
}

/// A configuration from the argument FILE and the environment, or its mistakes, told.
fn load(
    app: &App,
    args: &ArgMatches,
    environment: Vec<(OsString, OsString)>,
    streams: &mut Streams<'_>,
) -> io::Result<Option<crate::Config>> {
    let Some(file) = args.get_one::<std::path::PathBuf>("FILE") else { return Ok(None) };
    match crate::Loader::new(app).file(file).env(environment).load() {
        Ok(config) => {
            for warning in &config.warnings {
                writeln!(streams.err, "{warning}\n")?;
            }
            Ok(Some(config))
        }
        Err(error) => {
            writeln!(streams.err, "{error}")?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_go_well_exits_with_one() {
        let code = |outcome| exit_code(outcome, &mut io::sink());
        assert_eq!((code(Ok(true)), code(Ok(false)), code(Err(io::Error::other("no port")))), (0, 1, 1));
        assert_eq!(code(Err(io::ErrorKind::BrokenPipe.into())), 0, "nobody reads on");
    }
}
