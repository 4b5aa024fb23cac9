//! A program that is about to be started.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::log::Listening;
use crate::process::Process;

/// Runs the program of its arguments, `$2` and on, until that ends or standard input does, whose other end
/// the test holds; then nothing is left, of the program, its children, and the directory `$1`.
///
/// What is started in the background has no standard input but the one that is given to it, hence 3. The
/// shell has its time to bury the program, since not every machine has an init that does.
const WATCH: &str = r#"
    directory=$1
    shift
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    printf '%s\n' "$server" >"$directory/server.pid"
    {
        cat <&3
        kill -s KILL "$server"
        tries=0
        while [ $tries -lt 100 ] && kill -s 0 "$server"; do
            tries=$((tries + 1))
            sleep 0.02
        done
        rm -rf -- "$directory"
        kill -s KILL 0
    } >/dev/null 2>&1 &
    exec 3<&- >/dev/null 2>&1
    wait "$server"
"#;

/// A program with its arguments and a new directory of its own.
#[derive(Debug)]
pub struct Launch {
    name: String,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: TempDir,
}

impl Launch {
    /// A program, and what it is called when something goes wrong.
    pub fn new(name: &str, program: impl Into<PathBuf>) -> Launch {
        let directory = tempfile::Builder::new().prefix("clearpool-test-").tempdir().expect("a directory to write in");
        Launch {
            name: name.to_owned(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory,
        }
    }

    /// The directory that it may write into. It is removed when the program is stopped.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// One more argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Launch {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// More arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Launch {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Launch {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Starts it. It lives as long as what is returned.
    ///
    /// # Panics
    ///
    /// If there is no shell, or no process to be had.
    pub fn start(self) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "sh"]).arg(self.directory.path()).arg(&self.program).args(&self.arguments);
        command.envs(self.environment).current_dir(self.directory.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut shell = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let output = shell.stdout.take().expect("piped");
        let listening = Listening::to(output, shell.stderr.take().expect("piped"));
        Process::new(self.name, shell, listening, self.directory)
    }
}
