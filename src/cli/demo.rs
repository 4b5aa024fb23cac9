//! `clearpool demo`, and the servers that it starts.

use std::io;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::Outcome;
use crate::demo::Problem;
use crate::{App, demo};

/// Back-off and reloading take their time, however short the play is.
const SHORTEST: Duration = Duration::from_secs(10);
const SHORTEST_COMPARISON: Duration = Duration::from_secs(1);
/// A leak has to become old, and an edit to be seen.
const SHORTEST_PROBLEM: Duration = Duration::from_secs(15);

pub(super) fn command() -> Command {
    Command::new("demo")
        .about("A pool on real servers, under load, with things going wrong; exits with 1 if a promise is broken")
        .after_help(
            "Spans and metrics go wherever OTEL_EXPORTER_OTLP_ENDPOINT points, as http://127.0.0.1:4318. Of all of \
             them, OTEL_TRACES_SAMPLER=parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.05 sends one in twenty.",
        )
        .arg(length("for").default_value("60s").help("How long it plays; at least 10s, with --problem 15s, with --compare-unpooled 1s"))
        .arg(
            Arg::new("compare-unpooled")
                .long("compare-unpooled")
                .action(ArgAction::SetTrue)
                .help("Instead: requests a second with the pool against a fresh connection each"),
        )
        .arg(
            Arg::new("problem")
                .long("problem")
                .value_name("NAME")
                .value_parser(Problem::ALL.map(Problem::name))
                .conflicts_with_all(["compare-unpooled", "traces"])
                .help("Instead: all is well, then one real problem, to learn how it looks; exits with 1 if the pool did not see it"),
        )
        .arg(
            Arg::new("traces")
                .long("traces")
                .action(ArgAction::SetTrue)
                .conflicts_with("compare-unpooled")
                .help("Starts the viewer of traces `trace-ui`, and shows the spans there"),
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
    let problem = args.get_one::<String>("problem").and_then(|name| Problem::named(name));
    let shortest = match (compares, problem) {
        (true, _) => SHORTEST_COMPARISON,
        (false, Some(_)) => SHORTEST_PROBLEM,
        (false, None) => SHORTEST,
    };
    if length < shortest {
        return Err(io::Error::other(format!(
            "it needs at least {shortest:?} for all that it shows: --for {shortest:?}"
        )));
    }
    let (runtime, plain) = (runtime()?, args.get_flag("plain"));
    let played = match problem {
        _ if compares => runtime.block_on(demo::compare(app, length)),
        Some(problem) => runtime.block_on(demo::play_problem(app, problem, length, plain)),
        None => runtime.block_on(demo::play(app, length, plain, args.get_flag("traces"))),
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

#[cfg(test)]
mod tests {
    use super::super::{Streams, run_with};
    use crate::App;

    /// The exit code, and what is told on the standard error.
    fn refused(args: &[&str]) -> (u8, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let all = ["clearpool", "demo"].iter().chain(args).map(Into::into);
        let code = run_with(&App::new(), all, Vec::new(), &mut Streams { out: &mut out, err: &mut err });
        (code, String::from_utf8(err).expect("UTF-8"))
    }

    #[test]
    fn a_problem_that_there_is_not_is_answered_with_those_that_there_are() {
        let (code, told) = refused(&["--problem", "foo"]);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains("exhausted, slow-backend, leak, sick-endpoint, churn"), "{told}");
    }

    #[test]
    fn a_problem_without_a_name_or_with_another_play_is_refused() {
        for args in
            [&["--problem"][..], &["--problem", "leak", "--compare-unpooled"], &["--problem", "leak", "--traces"]]
        {
            assert_eq!(refused(args).0, 2, "{args:?}");
        }
    }

    #[test]
    fn what_is_too_short_to_be_seen_is_refused_with_what_is_long_enough() {
        for (args, enough) in [
            (&["--problem", "leak", "--for", "14s"][..], "--for 15s"),
            (&["--for", "9s"], "--for 10s"),
            (&["--compare-unpooled", "--for", "900ms"], "--for 1s"),
        ] {
            let (code, told) = refused(args);
            assert!(code == 1 && told.contains(enough), "{args:?}: {code}, {told}");
        }
    }
}
