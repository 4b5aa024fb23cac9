//! What the machine wants done: it leaves here, and its result comes back by a call.

use std::sync::Arc;
use std::task::Waker;

use crate::{CloseReason, Endpoint, Entry, Event, Handle, Payload, Permit, Policies, Time, TraceContext};

/// Something to do outside the lock, in a task of the pool.
#[derive(Debug)]
#[must_use = "work holds connections and permits"]
pub enum Work<P> {
    /// Make a connection; then `dialed` or `dial_failed`.
    Dial(Ticket),
    /// Look whether it works; then `checked`.
    Check(Box<Entry<P>>),
    /// Undo its protocol state; then `reset_done`.
    Reset(Box<Entry<P>>),
    /// Close it; then `closed` with its permit.
    Close(Box<Entry<P>>, CloseReason),
    /// Give up the dial of this connection, if it is under way still: drop its ticket.
    Abandon(crate::EntryId),
}

/// The right to dial. Dropping it gives it up.
#[derive(Debug)]
#[must_use = "a ticket that is dropped frees its place"]
pub struct Ticket {
    pub(crate) permit: Permit,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) started: Time,
    pub(crate) attempt: u32,
    pub(crate) context: Option<TraceContext>,
}

impl Ticket {
    /// The connection that is to be.
    pub fn id(&self) -> crate::EntryId {
        self.permit.id()
    }

    /// Where to.
    pub fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// When the dial began.
    pub fn started(&self) -> Time {
        self.started
    }

    /// Which attempt in a row: 0 after a success.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Whose trace asked for it: of the first caller that waited.
    pub fn context(&self) -> Option<TraceContext> {
        self.context
    }

    /// By which the connection can speak to the pool later.
    pub fn handle(&self) -> Handle {
        self.permit.handle()
    }
}

/// What is to be done when the lock is open again.
#[derive(Debug)]
#[must_use = "wakers must be woken"]
#[repr(C)]
pub struct Effects<P: Payload> {
    /// Callers that have an answer.
    pub wakes: Wakes,
    /// Whether the driver has something to do: work, or an earlier wake-up.
    pub driver: bool,
    /// What is to be told, if anybody listens.
    pub events: Vec<Event>,
    /// Whether the last connection of a draining pool is gone.
    pub drained: bool,
    pub(crate) debris: Vec<P::Fault>,
    /// Policies that were replaced: dropping them runs their code.
    pub(crate) retired: Vec<Policies>,
}

impl<P: Payload> Effects<P> {
    pub(crate) const fn none() -> Effects<P> {
        Effects {
            wakes: Wakes::NONE,
            driver: false,
            events: Vec::new(),
            drained: false,
            debris: Vec::new(),
            retired: Vec::new(),
        }
    }
}

impl<P: Payload> Effects<P> {
    /// The only waker, if it is the only effect.
    #[inline]
    pub(crate) fn take_lone_waker(&mut self) -> Option<Waker> {
        let told = self.driver || self.drained || !self.events.is_empty() || !self.wakes.more.is_empty();
        if told || !self.debris.is_empty() || !self.retired.is_empty() { None } else { self.wakes.first.take() }
    }
}

impl<P: Payload> Default for Effects<P> {
    fn default() -> Effects<P> {
        Effects::none()
    }
}

/// Wakers: usually none or one, which needs no allocation.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Wakes {
    first: Option<Waker>,
    more: Vec<Waker>,
}

impl Wakes {
    pub(crate) const NONE: Wakes = Wakes { first: None, more: Vec::new() };

    pub(crate) fn push(&mut self, waker: Waker) {
        if self.first.is_none() {
            self.first = Some(waker);
        } else {
            self.more.push(waker);
        }
    }

    /// Wakes them all, in order.
    pub fn wake(self) {
        if let Some(first) = self.first {
            first.wake();
        }
        for waker in self.more {
            waker.wake();
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.more.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }
}
