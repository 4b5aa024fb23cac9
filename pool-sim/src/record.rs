//! What happened, and to whom: the machine names waiters and places, a person thinks of callers.

use std::collections::HashMap;

use pool_core::{EntryId, Event, WaiterId, What};

use crate::CallerId;

/// Every event, and what the machine does not know of it.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Event>,
    /// Of each event, the caller that it is about.
    callers: Vec<Option<CallerId>>,
    waiters: HashMap<WaiterId, CallerId>,
    numbers: HashMap<EntryId, u64>,
    /// Whose call of the machine the next events come from.
    pub(crate) acting: Option<CallerId>,
}

impl Record {
    pub(crate) fn keep(&mut self, events: Vec<Event>) {
        for event in events {
            self.callers.push(self.about(&event.what));
            self.events.push(event);
        }
    }

    /// A caller waits under this id from now on.
    pub(crate) fn waits(&mut self, waiter: WaiterId, caller: CallerId) {
        self.waiters.insert(waiter, caller);
    }

    /// A dial has succeeded, as the n-th.
    pub(crate) fn made(&mut self, entry: EntryId, number: u64) {
        self.numbers.insert(entry, number);
    }

    pub(crate) fn caller_of(&self, event: usize) -> Option<CallerId> {
        self.callers.get(event).copied().flatten()
    }

    pub(crate) fn number_of(&self, entry: EntryId) -> Option<u64> {
        self.numbers.get(&entry).copied()
    }

    fn about(&self, what: &What) -> Option<CallerId> {
        match what {
            What::Acquired { waiter: Some(waiter), .. }
            | What::Refused { waiter: Some(waiter), .. }
            | What::WaitStarted { waiter, .. }
            | What::WaitCancelled { waiter, .. } => self.waiters.get(waiter).copied(),
            What::Acquired { .. } | What::Refused { .. } | What::Released { .. } => self.acting,
            _ => None,
        }
    }
}
