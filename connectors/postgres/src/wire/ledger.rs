//! What was asked of a server, and what it has answered.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::frames::{Frames, Garbled, Message};

/// What was asked of a server, and what it has answered: written by whoever passes bytes on, read by the pool.
#[derive(Debug)]
pub(crate) struct Ledger(Mutex<Books>);

/// What a connection is at, as soon as everything that was to be sent has been handed to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is asked, no transaction is open.
    Idle,
    /// A transaction is open, or has failed and waits for its end.
    InTransaction,
    /// The end of an answer is to come that nobody needs, and soon: of one that was an error, of a rollback.
    Settling,
    /// Somebody has asked for something and not had the answer, or a COPY goes on.
    Busy,
}

/// What is left of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Errand {
    /// Nothing that anybody waits for: a statement is closed.
    Tidying,
    /// The server's word that it is done: the answer has come, or was never wanted, as that to the rollback that the
    /// guard of a transaction or savepoint sends when it is dropped.
    Ending,
    /// The word that a statement is prepared, or a portal bound.
    Preparing,
    /// Something else.
    Work,
}

/// A request that a ReadyForQuery is to come for.
#[derive(Debug, Clone, Copy)]
struct Open {
    errand: Errand,
    /// Whether it ends with a Sync, and not by itself.
    by_sync: bool,
}

/// Where a copy from the client to the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CopyIn {
    /// There is none.
    No,
    /// The server takes it.
    Going,
    /// The server takes no more of it, and waits for the client's Sync.
    Failed,
}

#[derive(Debug)]
struct Books {
    sent: Frames,
    received: Frames,
    open: VecDeque<Open>,
    /// What was sent since the last Sync.
    begun: Option<Errand>,
    copy: CopyIn,
    /// What the last ReadyForQuery said.
    status: u8,
    /// Nobody trusts it any more: what came was no message, or the answer to nothing; or it was given up.
    unfit: bool,
    /// The socket takes no more for now.
    blocked: bool,
    /// All that has come was read: what is read no further waits for somebody who does not take his answer.
    drained: bool,
    /// Anything but tidying up was asked for.
    used: bool,
    /// Somebody had all prepared statements thrown away.
    deallocated: bool,
    /// When the last request was done.
    answered: Option<Instant>,
    /// Whoever reads asks the socket itself, and not what the reactor knows of it.
    looks: bool,
    backend: i32,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger(Mutex::new(Books {
            sent: Frames::of_client(),
            received: Frames::of_server(),
            open: VecDeque::new(),
            begun: None,
            copy: CopyIn::No,
            status: 0,
            unfit: false,
            blocked: false,
            drained: true,
            used: false,
            deallocated: false,
            answered: None,
            looks: false,
            backend: 0,
        }))
    }

    /// Bytes went out; none, if the socket takes no more for now.
    pub(crate) fn sent(&self, bytes: Option<&[u8]>) {
        self.books().sent(bytes);
    }

    /// Bytes came in; none, if there are no more for now.
    pub(crate) fn received(&self, bytes: Option<&[u8]>) {
        self.books().received(bytes);
    }

    /// What the connection is at.
    pub(crate) fn state(&self) -> State {
        let books = self.books();
        if books.is_asked() || books.blocked || !books.drained {
            return State::Busy;
        }
        match books.status {
            _ if books.open.iter().any(|open| open.errand == Errand::Ending) => State::Settling,
            b'I' => State::Idle,
            _ => State::InTransaction,
        }
    }

    /// Whether an answer is to come that somebody wanted.
    pub(crate) fn is_asked(&self) -> bool {
        self.books().is_asked()
    }

    /// From here on there is no trust in it, whatever comes.
    pub(crate) fn give_up(&self) {
        self.books().unfit = true;
    }

    /// Whether anything was asked for.
    pub(crate) fn is_used(&self) -> bool {
        self.books().used
    }

    /// From here on it is as if nothing had been asked for.
    pub(crate) fn forget_use(&self) {
        self.books().used = false;
    }

    /// Whether somebody had all prepared statements thrown away.
    pub(crate) fn is_deallocated(&self) -> bool {
        self.books().deallocated
    }

    /// Whether a request was done a moment ago. That is as good as a look at the socket, which costs a system call.
    pub(crate) fn has_just_answered(&self) -> bool {
        self.books().answered.is_some_and(|at| at.elapsed() < A_MOMENT)
    }

    /// From here on whoever reads asks the socket itself; or does no more.
    pub(crate) fn look(&self, looks: bool) {
        self.books().looks = looks;
    }

    pub(crate) fn looks(&self) -> bool {
        self.books().looks
    }

    /// The number of the server's process.
    pub(crate) fn backend(&self) -> i32 {
        self.books().backend
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock()
    }
}

impl Books {
    fn is_asked(&self) -> bool {
        let is_wanted = |errand: Errand| errand >= Errand::Preparing;
        let open = self.open.iter().any(|open| is_wanted(open.errand));
        open || self.begun.is_some_and(is_wanted) || self.unfit || self.copy != CopyIn::No
    }

    fn sent(&mut self, bytes: Option<&[u8]>) {
        self.blocked = bytes.is_none();
        let mut sent = std::mem::replace(&mut self.sent, Frames::of_server());
        let heard = sent.take(bytes.unwrap_or_default(), |message| self.asked(&message));
        self.sent = sent;
        self.unfit |= heard == Err(Garbled);
    }

    fn asked(&mut self, message: &Message<'_>) {
        let errand = match (message.kind, message.start) {
            (FLUSH | TERMINATE | PASSWORD, _) => return,
            (CLOSE | SYNC | STARTUP, _) => Errand::Tidying,
            (QUERY, query) if query.starts_with(b"ROLLBACK") => Errand::Ending,
            (PARSE | DESCRIBE | BIND, _) => Errand::Preparing,
            _ => Errand::Work,
        };
        self.used |= errand != Errand::Tidying;
        match message.kind {
            SYNC if self.copy == CopyIn::Failed => {
                self.begun = None;
                self.copy = CopyIn::No;
                self.open.push_back(Open { errand: Errand::Ending, by_sync: true });
            }
            SYNC => {
                let errand = self.begun.take().unwrap_or(Errand::Tidying);
                self.open.push_back(Open { errand, by_sync: true });
            }
            STARTUP | QUERY | FUNCTION_CALL => self.open.push_back(Open { errand, by_sync: false }),
            _ => self.begun = self.begun.max(Some(errand)),
        }
    }

    fn received(&mut self, bytes: Option<&[u8]>) {
        self.drained = bytes.is_none();
        let mut received = std::mem::replace(&mut self.received, Frames::of_server());
        let heard = received.take(bytes.unwrap_or_default(), |message| self.answered(&message));
        self.received = received;
        self.unfit |= heard == Err(Garbled);
    }

    fn answered(&mut self, message: &Message<'_>) {
        match (message.kind, message.start) {
            (READY_FOR_QUERY, &[status, ..]) => {
                self.status = status;
                self.answered = Some(Instant::now());
                self.copy = CopyIn::No;
                // The answer to nothing: we have missed something, and know no more.
                self.unfit |= self.open.pop_front().is_none();
            }
            (ERROR, fields) => {
                // Thrown away where no tag tells of it, as in a function.
                self.deallocated |= fields.windows(NO_SUCH_STATEMENT.len()).any(|part| part == NO_SUCH_STATEMENT);
                // Whatever else was asked for in this request, the server passes over it.
                self.settle(|_| true);
                if self.copy == CopyIn::Going {
                    self.copy = if self.open.is_empty() { CopyIn::Failed } else { CopyIn::No };
                }
            }
            (COPY_IN | COPY_BOTH, _) => {
                self.copy = CopyIn::Going;
                // From here to the end of the copy, the server passes over every Sync: also the one that the
                // request itself ended with. Another follows the end.
                if self.open.front().is_some_and(|open| open.by_sync) {
                    self.open.pop_front();
                }
            }
            (COMMAND_COMPLETE, tag) => {
                self.deallocated |= tag == b"DISCARD ALL\0" || tag == b"DEALLOCATE ALL\0";
                // Of a simple query it may be one of several.
                self.settle(|open| open.by_sync);
            }
            (EMPTY_QUERY | PORTAL_SUSPENDED, _) => self.settle(|open| open.by_sync),
            (ROW_DESCRIPTION | NO_DATA | BIND_COMPLETE, _) => self.settle(|open| open.errand == Errand::Preparing),
            (BACKEND_KEY, &[a, b, c, d, ..]) => self.backend = i32::from_be_bytes([a, b, c, d]),
            _ => {}
        }
    }

    /// The answer that is coming in is complete but for its end, if it is of this kind.
    fn settle(&mut self, which: impl FnOnce(&Open) -> bool) {
        if let Some(open) = self.open.front_mut().filter(|open| open.errand > Errand::Ending)
            && which(open)
        {
            open.errand = Errand::Ending;
        }
    }
}

const A_MOMENT: Duration = Duration::from_micros(200);

/// The field of an error that has its code, 26000.
const NO_SUCH_STATEMENT: &[u8] = b"\0C26000\0";

const STARTUP: u8 = 0;
const QUERY: u8 = b'Q';
const FUNCTION_CALL: u8 = b'F';
const PARSE: u8 = b'P';
const DESCRIBE: u8 = b'D';
const BIND: u8 = b'B';
const SYNC: u8 = b'S';
const CLOSE: u8 = b'C';
const FLUSH: u8 = b'H';
const TERMINATE: u8 = b'X';
const PASSWORD: u8 = b'p';

const READY_FOR_QUERY: u8 = b'Z';
const ERROR: u8 = b'E';
const EMPTY_QUERY: u8 = b'I';
const PORTAL_SUSPENDED: u8 = b's';
const ROW_DESCRIPTION: u8 = b'T';
const NO_DATA: u8 = b'n';
const BIND_COMPLETE: u8 = b'2';
const COPY_IN: u8 = b'G';
const COPY_BOTH: u8 = b'W';
const COMMAND_COMPLETE: u8 = b'C';
const BACKEND_KEY: u8 = b'K';

#[cfg(test)]
mod tests;
