//! A program at work.

use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::log::{Listening, Log};
use crate::patience::{Deadline, pause};
use crate::pause::{below, has_stopped, signal_tree};

/// A killed program is gone after this, or it never will be.
const AGONY: Duration = Duration::from_secs(10);

/// A program at work. When this is dropped, the program is killed with all its children; if that is since
/// the test panics, the end of its log is printed.
#[derive(Debug)]
pub struct Process {
    name: String,
    /// Its standard input is the pipe whose closing ends everything.
    shell: Mutex<Child>,
    listening: Listening,
    directory: TempDir,
}

impl Process {
    pub(crate) fn new(name: String, shell: Child, listening: Listening, directory: TempDir) -> Process {
        Process { name, shell: Mutex::new(shell), listening, directory }
    }

    /// What it has written until now.
    pub fn log(&self) -> &Log {
        &self.listening.log
    }

    /// The directory of its own.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Stops the program and all whom it has started, until [`Process::resume`]: it is there, its connections stay,
    /// new ones are accepted by the system, and nothing is answered. All of them have stopped when this returns.
    ///
    /// # Panics
    ///
    /// If one of them goes on for a while.
    pub fn pause(&self) {
        self.signal("STOP");
        let deadline = Deadline::after(AGONY);
        while !self.id().is_none_or(has_stopped) {
            assert!(!deadline.is_over(), "{} does not stop", self.name);
            pause(Duration::from_millis(5));
        }
    }

    /// Lets a program go on that was stopped by [`Process::pause`].
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Kills the program and all whom it has started, and waits for its end. The directory stays.
    ///
    /// # Panics
    ///
    /// If it is still there after a while.
    pub fn kill(&self) {
        self.signal("KILL");
        self.wait(AGONY);
    }

    /// Sends a signal, by its short name, to the program and all whom it has started.
    pub fn signal(&self, name: &str) {
        // Just started, it may not have said yet who it is.
        let deadline = Deadline::after(AGONY);
        while self.id().is_none() && self.ended().is_none() && !deadline.is_over() {
            pause(Duration::from_millis(5));
        }
        if let Some(id) = self.id() {
            signal_tree(name, id);
        }
    }

    /// The processes that the program has started, by their ids.
    pub(crate) fn below(&self) -> Vec<u32> {
        self.id().map(below).unwrap_or_default()
    }

    fn id(&self) -> Option<u32> {
        let id = std::fs::read_to_string(self.directory().join("server.pid")).ok()?;
        id.trim().parse().ok()
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<ExitStatus> {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        shell.try_wait().expect("a child of this process")
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// If it does not end within that time.
    #[track_caller]
    pub fn wait(&self, within: Duration) -> ExitStatus {
        let deadline = Deadline::after(within);
        loop {
            if let Some(status) = self.ended() {
                self.listening.until_silence(AGONY);
                return status;
            }
            assert!(!deadline.is_over(), "{} did not end within {within:?}", self.name);
            pause(Duration::from_millis(20));
        }
    }

    /// What `look` finds once it finds something, while the program is at work; it is asked again every now
    /// and then.
    ///
    /// # Errors
    ///
    /// If the program ends, or the time is over, with the end of its log.
    pub fn until<T>(&self, within: Duration, mut look: impl FnMut(&Log) -> Option<T>) -> Result<T, String> {
        let deadline = Deadline::after(within);
        loop {
            if let Some(found) = look(self.log()) {
                return Ok(found);
            }
            if let Some(status) = self.ended() {
                self.listening.until_silence(deadline.left().min(AGONY));
                // Its last words may be what was looked for.
                return look(self.log()).ok_or_else(|| format!("{} ended: {status}\n{}", self.name, self.log().tail()));
            }
            if deadline.is_over() {
                return Err(format!("{} was not ready within {within:?}\n{}", self.name, self.log().tail()));
            }
            pause(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What is stopped sees nobody die.
        self.resume();
        let shell = self.shell.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(shell.stdin.take());
        let _ = shell.wait();
        let is_gone = self.listening.until_silence(AGONY);
        if thread::panicking() {
            eprintln!("--- the end of the log of {}\n{}\n---", self.name, self.log().tail());
            if !is_gone {
                eprintln!("--- and it is still there, though killed");
            }
        }
    }
}
