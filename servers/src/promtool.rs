//! promtool, which comes with Prometheus.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use crate::find::find_program;

/// promtool: checks and tests rules.
#[derive(Debug, Clone)]
pub struct Promtool {
    program: PathBuf,
}

impl Promtool {
    /// The promtool of this machine. `None`: skip the test; it has been told.
    ///
    /// # Panics
    ///
    /// If there is none and servers are required: see [`find_program`].
    pub fn find() -> Option<Promtool> {
        Some(Promtool { program: find_program("promtool", "promtool", "prometheus")? })
    }

    /// Runs it, as in `promtool check rules FILE…`, and gives what it says.
    ///
    /// # Errors
    ///
    /// What it says, if it found something wrong.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<String, String> {
        let output = Command::new(&self.program).args(arguments).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    }
}
