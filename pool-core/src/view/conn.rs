//! One connection.

use std::time::Duration;

use crate::book::Slot;
use crate::{EndpointId, EntryId, Time};

/// One connection, as a policy sees it.
#[derive(Debug, Clone, Copy)]
pub struct ConnView<'a> {
    pub(crate) slot: &'a Slot,
    pub(crate) id: EntryId,
    pub(crate) endpoint: EndpointId,
    pub(crate) now: Time,
}

impl ConnView<'_> {
    /// The connection.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// Where it leads.
    pub fn endpoint(&self) -> EndpointId {
        self.endpoint
    }

    /// When its dial was done.
    pub fn created(&self) -> Time {
        self.slot.created
    }

    /// How long ago its dial was done.
    pub fn age(&self) -> Duration {
        self.now.since(self.slot.created)
    }

    /// When it was released last; if it was never leased, when it was ready.
    pub fn idle_since(&self) -> Time {
        self.slot.since
    }

    /// How long it has been idle.
    pub fn idle_for(&self) -> Duration {
        self.now.since(self.slot.since)
    }

    /// How many leases it has served, one that runs included.
    pub fn uses(&self) -> u32 {
        self.slot.uses
    }

    /// A random number in `[0, 1)`, drawn at birth and kept until it is closed.
    pub fn draw(&self) -> f64 {
        self.slot.draw
    }

    /// Leases on it now, if it is shared; else 0.
    pub fn shares(&self) -> u32 {
        self.slot.shares.map_or(0, |shares| shares.used)
    }

    /// How many leases it can serve at once: 1 if it is exclusive.
    pub fn capacity(&self) -> u32 {
        self.slot.shares.map_or(1, |shares| shares.capacity)
    }
}
