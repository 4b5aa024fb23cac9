//! What modules logged and what went wrong in them, for whoever wants to show it.
//!
//! Policies are asked under the pool's lock, where nobody's code may run that writes to a log. So what is to be
//! told is put aside here: the newest few hundred notes of all modules of the process. An application takes them
//! with [`take_notes`] when it likes, and writes them wherever it writes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use pool_core::{Role, Time};

/// So many notes are kept; with more, the oldest goes.
const MOST: usize = 256;

static NOTES: Mutex<VecDeque<Note>> = Mutex::new(VecDeque::new());

/// Something that a module said, or that went wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The module's file.
    pub file: Arc<str>,
    /// What it decides.
    pub role: Role,
    /// When, in the pool's time.
    pub at: Time,
    /// What.
    pub what: Told,
}

/// What a note is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// A line that it logged.
    Logged(String),
    /// So many lines were more than it may log.
    Cut(u64),
    /// A fault: it trapped, ran out of fuel, gave a bad answer.
    Faulted(String),
    /// It had so many faults in a row, and is not asked any more.
    Disabled(u32),
}

/// Takes the notes since the last call, the oldest first: at most the last 256.
pub fn take_notes() -> Vec<Note> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
}

pub(crate) fn note(note: Note) {
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    if notes.len() == MOST {
        notes.pop_front();
    }
    notes.push_back(note);
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, role, at) = (&self.file, self.role.as_str(), self.at);
        write!(f, "{role} policy of {file} at {at:?}: ")?;
        match &self.what {
            Told::Logged(line) => write!(f, "{line}"),
            Told::Cut(lines) => write!(f, "{lines} lines were more than it may log"),
            Told::Faulted(why) => write!(f, "{why}; a safe default decided"),
            Told::Disabled(faults) => write!(f, "disabled after {faults} faults in a row; a safe default decides"),
        }
    }
}
