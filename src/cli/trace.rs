//! `clearpool trace FILE…`: does a pool do what cases say?

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{Outcome, Streams};
use crate::App;
use crate::trace;

pub(super) fn command() -> Command {
    Command::new("trace")
        .about("Runs cases: what a pool has to do step by step; prints what happens and why")
        .arg(
            Arg::new("FILE")
                .required(true)
                .num_args(1..)
                .value_parser(clap::value_parser!(PathBuf))
                .help("Files in YAML, or directories with such files"),
        )
        .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("One line for each case"))
}

pub(super) fn run(app: &App, args: &ArgMatches, streams: &mut Streams<'_>) -> Outcome {
    let mut tally = Tally { quiet: args.get_flag("quiet"), passed: 0, failed: 0, unread: 0 };
    for path in args.get_many::<PathBuf>("FILE").into_iter().flatten() {
        for file in trace::files(path)? {
            tally.file(app, &file, streams)?;
        }
    }
    let Tally { passed, failed, unread, .. } = tally;
    let cases = match passed + failed {
        1 => "1 case".to_owned(),
        cases => format!("{cases} cases"),
    };
    write!(streams.out, "{cases}: {passed} passed, {failed} failed")?;
    match unread {
        0 => writeln!(streams.out)?,
        1 => writeln!(streams.out, "; 1 file has mistakes")?,
        unread => writeln!(streams.out, "; {unread} files have mistakes")?,
    }
    Ok(failed == 0 && unread == 0 && passed > 0)
}

struct Tally {
    quiet: bool,
    passed: usize,
    failed: usize,
    unread: usize,
}

impl Tally {
    fn file(&mut self, app: &App, file: &std::path::Path, streams: &mut Streams<'_>) -> std::io::Result<()> {
        let cases = match trace::read(file, app) {
            Ok(cases) => cases,
            Err(mistakes) => {
                self.unread += 1;
                return writeln!(streams.err, "{mistakes}\n");
            }
        };
        for case in &cases {
            let run = case.run(app);
            match run.failure() {
                None => self.passed += 1,
                Some(_) => self.failed += 1,
            }
            match run.failure() {
                _ if !self.quiet => writeln!(streams.out, "{run}")?,
                None => writeln!(streams.out, "ok      {}", case.name())?,
                Some(failure) => writeln!(streams.out, "FAILED  {}\n  {failure}", case.name())?,
            }
        }
        Ok(())
    }
}
