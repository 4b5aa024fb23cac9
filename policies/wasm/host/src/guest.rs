//! A module that is asked: its messages, its answers, its faults.

use std::fmt;
use std::sync::Arc;

use pool_core::{Reason, Role, Time};

use crate::abi::{self, Export};
use crate::engine::{Instance, Trap};
use crate::journal::{Note, Told, note};

/// A choice that a fault made impossible: the pool overrules it and counts it, or keeps to what is safe.
pub(crate) const FAULT: Reason = Reason::new("wasm-fault");
/// What the safe default decides once a module is not asked any more.
pub(crate) const DISABLED: Reason = Reason::new("wasm-disabled");

/// A module that is asked.
pub(crate) struct Guest {
    instance: Box<dyn Instance>,
    mind: Mind,
    buffer: Buffer,
    standing: Standing,
    /// The pool's time as it was told last: not all news come with one.
    now: Time,
}

/// What stays the same about it.
#[derive(Debug)]
pub(crate) struct Mind {
    pub(crate) file: Arc<str>,
    pub(crate) role: Role,
    pub(crate) reasons: Vec<Reason>,
    /// For one call.
    pub(crate) fuel: u64,
    pub(crate) disable_after: u32,
}

/// Where messages are written.
#[derive(Debug, Clone, Copy, Default)]
struct Buffer {
    at: u32,
    length: u32,
}

/// How it has done.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    faults: u64,
    in_a_row: u32,
    /// A fault where nothing was decided, so that the pool has not heard of it: the next decision tells it.
    owed: bool,
    disabled: bool,
}

/// Something that a guest must not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Trap(Trap),
    /// It gave no room for a message of so many bytes.
    NoRoom(usize),
    /// What is wrong with its answer.
    Answer(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Trap(trap) => write!(f, "{trap}"),
            Fault::NoRoom(bytes) => write!(f, "its clearpool_buffer gave no room for {bytes} bytes"),
            Fault::Answer(wrong) => write!(f, "a bad answer: {wrong}"),
        }
    }
}

impl Guest {
    pub(crate) fn new(instance: Box<dyn Instance>, mind: Mind) -> Guest {
        Guest { instance, mind, buffer: Buffer::default(), standing: Standing::default(), now: Time::ZERO }
    }

    pub(crate) fn has(&self, export: Export) -> bool {
        self.instance.has(export)
    }

    pub(crate) fn instance(&mut self) -> &mut dyn Instance {
        &mut *self.instance
    }

    /// Whether it is not asked any more.
    pub(crate) fn is_disabled(&self) -> bool {
        self.standing.disabled
    }

    /// Asks for a decision: `None` after a fault.
    ///
    /// `write` fills a message of `length` bytes, `count` is what the guest is told of it. `read` makes a choice of
    /// the answer: [`Guest::chosen`] does mostly.
    pub(crate) fn decide<T>(
        &mut self,
        export: Export,
        (length, count): (usize, usize),
        now: Time,
        write: impl FnOnce(&mut [u8]),
        read: impl FnOnce(&mut Guest, i64) -> Result<T, Fault>,
    ) -> Option<T> {
        if std::mem::take(&mut self.standing.owed) {
            return None;
        }
        let fuel = self.mind.fuel;
        let answer = self.message(export, length, count, fuel, now, write).and_then(|raw| read(self, raw));
        match answer {
            Ok(choice) => {
                self.standing.in_a_row = 0;
                Some(choice)
            }
            Err(fault) => {
                self.fault(&fault);
                None
            }
        }
    }

    /// Tells it something. A fault is owed to the next decision.
    pub(crate) fn tell(
        &mut self,
        export: Export,
        (length, count): (usize, usize),
        now: Option<Time>,
        write: impl FnOnce(&mut [u8]),
    ) {
        if self.standing.disabled || !self.has(export) {
            return;
        }
        let (fuel, now) = (self.mind.fuel, now.unwrap_or(self.now));
        if let Err(fault) = self.message(export, length, count, fuel, now, write) {
            self.standing.owed = true;
            self.fault(&fault);
        }
    }

    /// The place in the view and the reason that an answer names; `None` for no choice.
    pub(crate) fn chosen(&self, raw: i64) -> Result<Option<(usize, Reason)>, Fault> {
        let Some((choice, reason)) = abi::answer(raw).map_err(Fault::Answer)? else { return Ok(None) };
        match self.mind.reasons.get(reason as usize) {
            Some(&reason) => Ok(Some((choice as usize, reason))),
            None => {
                let declared = self.mind.reasons.len();
                Err(Fault::Answer(format!("it gave the reason number {reason}, and has declared {declared}, from 0")))
            }
        }
    }

    /// A number that the guest has written where its message began.
    pub(crate) fn written(&mut self) -> Option<u64> {
        let at = self.buffer.at as usize;
        let bytes = self.instance.memory().get(at..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    /// Writes a message and asks.
    pub(crate) fn message(
        &mut self,
        export: Export,
        length: usize,
        count: usize,
        fuel: u64,
        now: Time,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<i64, Fault> {
        self.now = now;
        self.instance.log().begin(now);
        let answer = self.room(length, fuel).and_then(|at| {
            let place = self.instance.memory().get_mut(at as usize..).and_then(|rest| rest.get_mut(..length));
            write(place.ok_or(Fault::NoRoom(length))?);
            self.instance.ask(export, at, count as u32, fuel).map_err(Fault::Trap)
        });
        if !self.instance.log().is_empty() {
            self.write_down();
        }
        answer
    }

    /// Where a message of this length is written.
    #[inline]
    fn room(&mut self, length: usize, fuel: u64) -> Result<u32, Fault> {
        if length <= self.buffer.length as usize && self.buffer.at != 0 {
            return Ok(self.buffer.at);
        }
        self.ask_for_room(length, fuel)
    }

    #[cold]
    fn ask_for_room(&mut self, length: usize, fuel: u64) -> Result<u32, Fault> {
        self.buffer = Buffer::default();
        // In powers of two, so that a pool that grows asks rarely.
        let asked = u32::try_from(length.max(1024)).ok().and_then(u32::checked_next_power_of_two);
        let asked = asked.ok_or(Fault::NoRoom(length))?;
        let at = self.instance.buffer(asked, fuel).map_err(Fault::Trap)?;
        let end = (at as usize).checked_add(asked as usize);
        // Aligned, so that a guest in C or Rust can read a record as it lies.
        if at == 0 || !at.is_multiple_of(8) || end.is_none_or(|end| end > self.instance.memory().len()) {
            return Err(Fault::NoRoom(length));
        }
        self.buffer = Buffer { at, length: asked };
        Ok(at)
    }

    #[cold]
    fn fault(&mut self, fault: &Fault) {
        self.standing.faults += 1;
        self.standing.in_a_row += 1;
        self.note(Told::Faulted(fault.to_string()));
        if self.standing.in_a_row >= self.mind.disable_after {
            self.standing.disabled = true;
            self.note(Told::Disabled(self.standing.in_a_row));
        }
    }

    #[cold]
    fn write_down(&mut self) {
        let (lines, cut) = self.instance.log().take();
        lines.into_iter().for_each(|line| self.note(Told::Logged(line)));
        if cut > 0 {
            self.note(Told::Cut(cut));
        }
    }

    fn note(&self, what: Told) {
        note(Note { file: self.mind.file.clone(), role: self.mind.role, at: self.now, what });
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("file", &self.mind.file).field("standing", &self.standing).finish_non_exhaustive()
    }
}
