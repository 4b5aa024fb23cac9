//! What was asked of a server, and what it has answered.

use std::collections::VecDeque;

use parking_lot::{Mutex, MutexGuard};

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
    /// A rollback is under way, and nothing but that.
    RollingBack,
    /// Somebody has asked for something and not had all of the answer, or a COPY goes on.
    Busy,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    /// Nothing that anybody waits for: a statement is closed.
    Tidying,
    /// The end of a transaction: what the guard of one sends when it is dropped.
    Rollback,
    /// Something else.
    Work,
}

#[derive(Debug)]
struct Books {
    sent: Frames,
    received: Frames,
    /// Requests that a ReadyForQuery is to come for. Where it is asked for by a Sync: true.
    open: VecDeque<(Errand, bool)>,
    /// What was sent since the last Sync.
    begun: Option<Errand>,
    /// Between the server's word that it takes a copy in and the end of that.
    copying: bool,
    /// What the last ReadyForQuery said.
    status: u8,
    /// What came was no message, or the answer to nothing.
    garbled: bool,
    /// The socket takes no more for now.
    blocked: bool,
    /// All that has come was read: what is read no further waits for somebody who does not take his answer.
    drained: bool,
    /// Anything but tidying was asked for.
    used: bool,
    /// Somebody had all prepared statements thrown away.
    deallocated: bool,
    backend: i32,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger(Mutex::new(Books {
            sent: Frames::of_client(),
            received: Frames::of_server(),
            open: VecDeque::new(),
            begun: None,
            copying: false,
            status: 0,
            garbled: false,
            blocked: false,
            drained: true,
            used: false,
            deallocated: false,
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
            _ if books.open.iter().any(|(errand, _)| *errand == Errand::Rollback) => State::RollingBack,
            b'I' => State::Idle,
            _ => State::InTransaction,
        }
    }

    /// Whether an answer is to come that somebody wanted.
    pub(crate) fn is_asked(&self) -> bool {
        self.books().is_asked()
    }

    /// Whether anything was asked for since this was asked last.
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
        let begun = self.begun == Some(Errand::Work);
        begun || self.garbled || self.copying || self.open.iter().any(|(errand, _)| *errand == Errand::Work)
    }

    fn sent(&mut self, bytes: Option<&[u8]>) {
        self.blocked = bytes.is_none();
        let Books { sent, open, begun, used, .. } = self;
        let heard = sent.take(bytes.unwrap_or_default(), |message| {
            let errand = errand_of(&message);
            match message.kind {
                SYNC => open.push_back((begun.take().unwrap_or(Errand::Tidying), true)),
                STARTUP | QUERY | FUNCTION_CALL => open.push_back((errand, false)),
                FLUSH | TERMINATE | PASSWORD => return,
                _ => *begun = Some(begun.unwrap_or(errand).max(errand)),
            }
            *used |= errand != Errand::Tidying;
        });
        self.garbled |= heard == Err(Garbled);
    }

    fn received(&mut self, bytes: Option<&[u8]>) {
        self.drained = bytes.is_none();
        let mut received = std::mem::replace(&mut self.received, Frames::of_server());
        let heard = received.take(bytes.unwrap_or_default(), |message| self.heard(&message));
        self.received = received;
        self.garbled |= heard == Err(Garbled);
    }

    fn heard(&mut self, message: &Message<'_>) {
        match (message.kind, message.start) {
            (READY_FOR_QUERY, &[status, ..]) => {
                self.status = status;
                self.copying = false;
                // The answer to nothing: we have missed something, and know no more.
                self.garbled |= self.open.pop_front().is_none();
            }
            (COPY_IN | COPY_BOTH, _) => {
                self.copying = true;
                // From here to the end of the copy, the server passes over every Sync: also the one that the
                // request itself ended with. Another follows the end.
                if self.open.front().is_some_and(|(_, by_sync)| *by_sync) {
                    self.open.pop_front();
                }
            }
            (COMMAND_COMPLETE, b"DISCARD ALL\0" | b"DEALLOCATE ALL\0") => self.deallocated = true,
            (BACKEND_KEY, &[a, b, c, d, ..]) => self.backend = i32::from_be_bytes([a, b, c, d]),
            _ => {}
        }
    }
}

impl Errand {
    fn max(self, other: Errand) -> Errand {
        if self == Errand::Work { self } else { other }
    }
}

fn errand_of(message: &Message<'_>) -> Errand {
    match (message.kind, message.start) {
        (CLOSE | SYNC | FLUSH | TERMINATE | STARTUP | PASSWORD, _) => Errand::Tidying,
        (QUERY, b"ROLLBACK\0") => Errand::Rollback,
        _ => Errand::Work,
    }
}

const STARTUP: u8 = 0;
const QUERY: u8 = b'Q';
const FUNCTION_CALL: u8 = b'F';
const SYNC: u8 = b'S';
const CLOSE: u8 = b'C';
const FLUSH: u8 = b'H';
const TERMINATE: u8 = b'X';
const PASSWORD: u8 = b'p';

const READY_FOR_QUERY: u8 = b'Z';
const COPY_IN: u8 = b'G';
const COPY_BOTH: u8 = b'W';
const COMMAND_COMPLETE: u8 = b'C';
const BACKEND_KEY: u8 = b'K';

#[cfg(test)]
mod tests;
