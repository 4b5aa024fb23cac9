//! What is known of one endpoint.

use std::sync::Arc;

use super::slots::State;
use super::{List, Tally};
use crate::{Endpoint, Standing, Time};

/// What is known of one endpoint.
#[derive(Debug)]
pub(crate) struct EndpointSlot {
    pub(crate) generation: u32,
    pub(crate) spec: Arc<Endpoint>,
    /// Whether discovery names it.
    pub(crate) active: bool,
    /// What can serve: idle connections, and shared ones with a free share.
    pub(crate) idle: List,
    pub(crate) counts: [u32; State::COUNT],
    pub(crate) open: u32,
    /// How many in each state will serve nobody any more.
    pub(crate) stale: [u32; State::COUNT],
    /// How many are being dialed for a caller of their own.
    pub(crate) owned: u32,
    /// How many shared connections get no new leases, and have some yet.
    pub(crate) draining: u32,
    /// Leases on shared connections.
    pub(crate) shares: u32,
    /// Failed dials since the last success.
    pub(crate) failures: u32,
    /// Whether dials are made with care after a failure: one at a time, and none before `retry_at`.
    pub(crate) careful: bool,
    /// No dial before this, if it is careful.
    pub(crate) retry_at: Time,
    /// Whether the breaker is open: enough failures in a row.
    pub(crate) broken: bool,
    /// What the health policy says of it.
    pub(crate) standing: Standing,
    /// How many are to be dialed in the place of others that were closed.
    pub(crate) owed: u32,
    /// The most in use, for each evict policy that prunes, since it was asked last.
    pub(crate) peaks: Vec<u32>,
    pub(crate) tally: Box<Tally>,
}

impl EndpointSlot {
    pub(super) fn vacant() -> EndpointSlot {
        EndpointSlot {
            generation: 0,
            spec: Arc::new(Endpoint::new("")),
            active: false,
            idle: List::default(),
            counts: [0; State::COUNT],
            open: 0,
            stale: [0; State::COUNT],
            owned: 0,
            draining: 0,
            shares: 0,
            failures: 0,
            careful: false,
            retry_at: Time::ZERO,
            broken: false,
            standing: Standing::Serves,
            owed: 0,
            peaks: Vec::new(),
            tally: Box::default(),
        }
    }

    pub(super) fn occupy(&mut self, spec: Arc<Endpoint>) {
        let generation = self.generation;
        *self = EndpointSlot { generation, spec, active: true, ..EndpointSlot::vacant() };
    }

    pub(super) fn vacate(&mut self) -> Box<Tally> {
        let generation = self.generation.wrapping_add(1);
        let gone = std::mem::replace(self, EndpointSlot { generation, ..EndpointSlot::vacant() });
        gone.tally
    }

    pub(super) fn enter(&mut self, state: State) {
        self.open += 1;
        self.counts[state as usize] += 1;
    }

    pub(super) fn leave(&mut self, state: State) {
        self.open -= 1;
        self.counts[state as usize] -= 1;
    }

    /// Whether the health policy lets it rest.
    #[inline]
    pub(crate) fn rests(&self) -> bool {
        self.standing == Standing::Rests
    }

    #[inline]
    pub(crate) fn count(&self, state: State) -> u32 {
        self.counts[state as usize]
    }

    /// How many in this state will serve somebody when that is over.
    #[inline]
    pub(crate) fn of_use(&self, state: State) -> u32 {
        self.count(state) - self.stale[state as usize]
    }

    /// How many are being dialed for whoever takes what comes first.
    pub(crate) fn dialing_for_all(&self) -> u32 {
        self.of_use(State::Dialing) - self.owned
    }

    /// How many will be idle when what is under way is done, if nobody waits.
    pub(crate) fn will_idle(&self) -> u32 {
        self.count(State::Idle) + self.dialing_for_all() + self.of_use(State::Checking)
    }

    /// How many are in use: leased, or before or after a lease.
    pub(crate) fn busy(&self) -> u32 {
        self.count(State::Leased) + self.count(State::Checking) + self.count(State::Resetting)
    }

    /// Leases at this moment: exclusive ones and shares.
    pub(crate) fn in_flight(&self) -> u32 {
        // A shared connection counts as leased once, whatever its shares.
        self.shares.max(self.count(State::Leased))
    }

    /// Whether the back-off after a failure forbids a dial now. After a failure there is one
    /// dial at a time, until one succeeds.
    pub(crate) fn may_dial(&self, now: Time) -> bool {
        !self.careful || (now >= self.retry_at && self.count(State::Dialing) == 0)
    }
}
