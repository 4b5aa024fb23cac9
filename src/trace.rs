//! What a pool does, step by step: cases written as data, run under a virtual clock.
//!
//! A case says how a pool is configured, what callers, network and clock do, and what the pool has to
//! do in each step: who gets which connection, who is refused, what is dialed and closed, in which
//! order. The form is in `docs/guides/traces.md`. It is there for the tests of your own policies too:
//!
//! ```no_run
//! let app = clearpool::App::new(); // .policy(my_policy::PLUGIN)
//! clearpool::trace::check("tests/traces", &app).unwrap();
//! ```

mod case;
mod crowd;
mod effects;
mod files;
mod fold;
mod form;
mod paper;
mod print;
mod run;
mod stats;
mod step;

use std::fmt;
use std::path::Path;

pub use case::{Case, Recorded};
pub use files::files;
pub use form::Mistakes;
pub use run::{Failure, Run};

use crate::App;

/// Reads every case of a file.
///
/// # Errors
/// If the file cannot be read, or anything in it is wrong: all of that, each with its line.
pub fn read(path: impl AsRef<Path>, app: &App) -> Result<Vec<Case>, Mistakes> {
    let path = path.as_ref();
    let name = path.display().to_string();
    let content = std::fs::read(path).map_err(|error| Mistakes::unreadable(&name, &error))?;
    match String::from_utf8(content) {
        Ok(text) => read_text(&name, &text, app),
        Err(error) => Err(Mistakes::not_utf8(&name, error.utf8_error().valid_up_to())),
    }
}

/// Reads every case of a text, and the name by which mistakes are told.
///
/// # Errors
/// If anything in it is wrong: all of that, each with its line.
pub fn read_text(name: &str, text: &str, app: &App) -> Result<Vec<Case>, Mistakes> {
    form::read(name, text, app)
}

/// Reads and runs every case of a file, or of all files `*.yaml` below a directory. Gives how many
/// there were.
///
/// # Errors
/// If a case fails, a file is wrong or there is no case: all of that, with the timelines of the cases
/// that fail. Printed with `{}` and `{:?}` alike, so that `unwrap()` in a test shows it.
pub fn check(path: impl AsRef<Path>, app: &App) -> Result<usize, Failed> {
    let path = path.as_ref();
    let mut failed = Failed { cases: 0, told: Vec::new() };
    match files(path) {
        Err(error) => failed.told.push(format!("{}: {error}", path.display())),
        Ok(files) => files.iter().for_each(|file| failed.try_file(file, app)),
    }
    if failed.told.is_empty() && failed.cases == 0 {
        failed.told.push(format!("{}: there is no case", path.display()));
    }
    if failed.told.is_empty() { Ok(failed.cases) } else { Err(failed) }
}

/// What [`check`] found wrong.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed {
    /// How many cases were run.
    pub cases: usize,
    /// The cases that fail, each with its timeline, and the files that cannot be read.
    pub told: Vec<String>,
}

impl Failed {
    fn try_file(&mut self, file: &Path, app: &App) {
        let cases = match read(file, app) {
            Ok(cases) => cases,
            Err(mistakes) => return self.told.push(mistakes.to_string()),
        };
        self.cases += cases.len();
        let runs = cases.iter().map(|case| case.run(app)).filter(|run| run.failure().is_some());
        self.told.extend(runs.map(|run| run.to_string()));
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in &self.told {
            writeln!(f, "{}\n", told.trim_end())?;
        }
        write!(f, "{} cases run, {} mistakes", self.cases, self.told.len())
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Failed {}
