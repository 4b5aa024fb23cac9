//! How many of an endpoint's connections are in use.

use crate::book::{EndpointSlot, State};
use crate::{Endpoint, EndpointId};

/// How many of an endpoint's connections are in use, and were at most since the policy was asked last.
#[derive(Debug, Clone, Copy)]
pub struct UsageView<'a> {
    pub(crate) slot: &'a EndpointSlot,
    pub(crate) id: EndpointId,
    pub(crate) peak: u32,
}

impl<'a> UsageView<'a> {
    /// The endpoint.
    pub fn id(&self) -> EndpointId {
        self.id
    }

    /// What discovery says of it.
    pub fn spec(&self) -> &'a Endpoint {
        &self.slot.spec
    }

    /// Connections in use: leased, or being checked or reset before or after a lease. A shared one counts as one,
    /// whatever its leases.
    pub fn used(&self) -> u32 {
        self.slot.busy()
    }

    /// The most that were in use at once since this policy was asked about this endpoint last, this moment included.
    pub fn most_used(&self) -> u32 {
        self.peak.max(self.used())
    }

    /// Connections that nobody uses.
    pub fn idle(&self) -> u32 {
        self.slot.count(State::Idle)
    }

    /// Dials under way.
    pub fn dialing(&self) -> u32 {
        self.slot.count(State::Dialing)
    }

    /// All connections, in whatever state.
    pub fn open(&self) -> u32 {
        self.slot.open
    }
}
