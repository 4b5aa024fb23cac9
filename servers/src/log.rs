//! What a program says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// More is forgotten, the oldest first.
const LINES: usize = 100_000;
/// As much is shown of a program whose test failed.
const SHOWN: usize = 100;

/// What a program has written on standard output and standard error until now.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: Arc<Mutex<VecDeque<Line>>>,
}

#[derive(Debug)]
struct Line {
    text: String,
    is_output: bool,
}

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        join(self.lines().iter())
    }

    /// What came on standard output.
    pub fn output(&self) -> String {
        join(self.lines().iter().filter(|line| line.is_output))
    }

    /// Its end.
    pub fn tail(&self) -> String {
        let lines = self.lines();
        join(lines.iter().skip(lines.len().saturating_sub(SHOWN)))
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: Line) {
        let mut lines = self.lines();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

fn join<'a>(lines: impl Iterator<Item = &'a Line>) -> String {
    lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// The threads that listen to a program.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) log: Log,
    /// Locked, so that a program can be watched from several threads.
    over: Mutex<Receiver<()>>,
}

impl Listening {
    pub(crate) fn to(output: impl Read + Send + 'static, errors: impl Read + Send + 'static) -> Listening {
        let log = Log::default();
        let (tell, over) = channel();
        listen(output, true, log.clone(), tell.clone());
        listen(errors, false, log.clone(), tell);
        Listening { log, over: Mutex::new(over) }
    }

    /// Waits until nobody can write any more, which is when the program and all its children are gone.
    pub(crate) fn until_silence(&self, within: Duration) -> bool {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match over.recv_timeout(within) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

fn listen(from: impl Read + Send + 'static, is_output: bool, log: Log, tell: Sender<()>) {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&bytes);
            log.push(Line { text: text.trim_end_matches(['\n', '\r']).to_owned(), is_output });
            bytes.clear();
        }
        drop(tell);
    });
}
