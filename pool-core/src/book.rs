//! The books: what is known of every connection and every endpoint, apart from the connections
//! themselves.
//!
//! Not generic, so that policies can be shown views of it without a copy. Every change of a
//! connection's state goes through [`Book::set_state`], which keeps the counts.

mod endpoints;
mod lists;
mod slots;
mod tally;

pub(crate) use endpoints::EndpointSlot;
pub(crate) use lists::{List, Lists, NIL};
pub use slots::State;
pub(crate) use slots::{Deadlines, MOMENTS, Shares, Slot, Why, set_context};
pub use tally::{Counters, Timings};
pub(crate) use tally::{Tally, add_closes};

use std::sync::Arc;

use crate::returns::Marks;
use crate::{CloseReason, Endpoint, EndpointId, EntryId, Time};

/// Every connection and every endpoint.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) slots: Vec<Slot>,
    free_slots: Vec<u32>,
    pub(crate) endpoints: Vec<EndpointSlot>,
    free_endpoints: Vec<u32>,
    /// The indexes of the endpoints that discovery names, in its order.
    pub(crate) active: Vec<u32>,
    /// Whether some endpoints have weight 0 and others have not. If all have, weights mean nothing.
    some_weightless: bool,
    /// Whether some rest, and others do not.
    some_rest: bool,
    /// Whether some take no load, for either reason.
    pub(crate) some_unloaded: bool,
    /// All that can serve, over the whole pool, by release time.
    pub(crate) idle: List,
    /// How many connections are in each state.
    pub(crate) counts: [u32; State::COUNT],
    /// How many of them will serve nobody any more.
    pub(crate) stale: [u32; State::COUNT],
    /// How many are being dialed for a caller of their own.
    pub(crate) owned: u32,
    /// How many shared connections get no new leases, and have some yet.
    pub(crate) draining: u32,
    /// All that are counted against `max_open`.
    pub(crate) open: u32,
    /// What removed endpoints had counted.
    pub(crate) retired: Tally,
}

impl Book {
    /// A new connection, in state dialing.
    pub(crate) fn open_slot(&mut self, endpoint: u32, now: Time, draw: f64, marks: Arc<Marks>) -> EntryId {
        let index = self.free_slots.pop().unwrap_or_else(|| {
            self.slots.push(Slot::vacant());
            u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 connections")
        });
        let slot = &mut self.slots[index as usize];
        slot.occupy(endpoint, now, draw, marks);
        let id = EntryId { index, generation: slot.generation };
        self.open += 1;
        self.counts[State::Dialing as usize] += 1;
        self.endpoints[endpoint as usize].enter(State::Dialing);
        id
    }

    /// A shared connection gets no new leases from now on, for that reason if there is none yet. Whether it begins now
    /// to wait for the end of those that it has.
    pub(crate) fn set_draining(&mut self, index: u32, why: CloseReason) -> bool {
        let slot = &mut self.slots[index as usize];
        let Some(shares) = &mut slot.shares else { return false };
        shares.draining.get_or_insert(why);
        let begins = shares.used > 0 && !slot.drains;
        if begins {
            slot.drains = true;
            self.draining += 1;
            self.endpoints[slot.endpoint as usize].draining += 1;
        }
        begins
    }

    fn end_draining(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        if std::mem::take(&mut slot.drains) {
            self.draining -= 1;
            self.endpoints[slot.endpoint as usize].draining -= 1;
        }
    }

    /// The connection is gone; its place is free.
    pub(crate) fn free_slot(&mut self, index: u32) {
        self.end_draining(index);
        let slot = &mut self.slots[index as usize];
        debug_assert!(!slot.linked, "an entry that is freed is in no list");
        let (state, endpoint, stale) = (slot.state, slot.endpoint, u32::from(slot.stale));
        let owned = u32::from(slot.owned);
        slot.vacate();
        self.free_slots.push(index);
        self.open -= 1;
        self.counts[state as usize] -= 1;
        self.stale[state as usize] -= stale;
        self.owned -= owned;
        self.endpoints[endpoint as usize].owned -= owned;
        let endpoint_slot = &mut self.endpoints[endpoint as usize];
        endpoint_slot.leave(state);
        endpoint_slot.stale[state as usize] -= stale;
        if !endpoint_slot.active && endpoint_slot.open == 0 {
            self.retire_endpoint(endpoint);
        }
    }

    #[inline(always)]
    pub(crate) fn set_state(&mut self, index: u32, state: State, now: Time) {
        if state == State::Closing {
            self.end_draining(index);
        }
        let slot = &mut self.slots[index as usize];
        let before = slot.state;
        slot.since = now;
        if before == state {
            return;
        }
        slot.state = state;
        let endpoint = &mut self.endpoints[slot.endpoint as usize];
        self.counts[before as usize] -= 1;
        self.counts[state as usize] += 1;
        endpoint.counts[before as usize] -= 1;
        endpoint.counts[state as usize] += 1;
        if slot.stale {
            self.stale[before as usize] -= 1;
            self.stale[state as usize] += 1;
            endpoint.stale[before as usize] -= 1;
            endpoint.stale[state as usize] += 1;
        }
    }

    /// The connection will serve nobody any more, whatever it is doing now.
    pub(crate) fn set_stale(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        debug_assert!(!slot.owned, "a caller's own dial is nobody's first");
        if !slot.occupied || std::mem::replace(&mut slot.stale, true) {
            return;
        }
        self.stale[slot.state as usize] += 1;
        self.endpoints[slot.endpoint as usize].stale[slot.state as usize] += 1;
    }

    /// The dial of this connection is a caller's own, or is no longer.
    pub(crate) fn set_owned(&mut self, index: u32, owned: bool) {
        let slot = &mut self.slots[index as usize];
        if std::mem::replace(&mut slot.owned, owned) == owned {
            return;
        }
        let endpoint = &mut self.endpoints[slot.endpoint as usize];
        let count = |count: u32| if owned { count + 1 } else { count - 1 };
        (self.owned, endpoint.owned) = (count(self.owned), count(endpoint.owned));
    }

    /// How many are being dialed for whoever takes what comes first.
    pub(crate) fn dialing_for_all(&self) -> u32 {
        self.of_use(State::Dialing) - self.owned
    }

    /// How many in this state will serve somebody when that is over.
    #[inline]
    pub(crate) fn of_use(&self, state: State) -> u32 {
        self.count(state) - self.stale[state as usize]
    }

    /// Puts a connection that can serve into both lists, as the newest.
    #[inline(always)]
    pub(crate) fn link(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        debug_assert!(!slot.linked, "linked once");
        slot.linked = true;
        let endpoint = slot.endpoint;
        self.endpoints[endpoint as usize].idle.push_newest(&mut self.slots, Lists::Endpoint, index);
        self.idle.push_newest(&mut self.slots, Lists::Pool, index);
    }

    /// Takes a connection out of both lists.
    #[inline(always)]
    pub(crate) fn unlink(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        debug_assert!(slot.linked, "linked before");
        slot.linked = false;
        let endpoint = slot.endpoint;
        self.endpoints[endpoint as usize].idle.remove(&mut self.slots, Lists::Endpoint, index);
        self.idle.remove(&mut self.slots, Lists::Pool, index);
    }

    /// The place of an id, if it still names a connection.
    #[inline]
    pub(crate) fn find(&self, id: EntryId) -> Option<u32> {
        let slot = self.slots.get(id.index())?;
        (slot.occupied && slot.generation == id.generation).then_some(id.index)
    }

    #[inline]
    pub(crate) fn id_of(&self, index: u32) -> EntryId {
        EntryId { index, generation: self.slots[index as usize].generation }
    }

    #[inline]
    pub(crate) fn count(&self, state: State) -> u32 {
        self.counts[state as usize]
    }

    /// The place of an endpoint, if it is still part of the pool.
    #[inline]
    pub(crate) fn find_endpoint(&self, id: EndpointId) -> Option<u32> {
        let slot = self.endpoints.get(id.index())?;
        (slot.active && slot.generation == id.generation).then_some(id.index)
    }

    #[inline]
    pub(crate) fn endpoint_id(&self, index: u32) -> EndpointId {
        EndpointId { index, generation: self.endpoints[index as usize].generation }
    }

    /// Whether callers that do not care which endpoint may get this one.
    #[inline]
    pub(crate) fn takes_load(&self, endpoint: u32) -> bool {
        !self.some_unloaded || self.is_loaded(endpoint)
    }

    #[inline(never)]
    fn is_loaded(&self, endpoint: u32) -> bool {
        let slot = &self.endpoints[endpoint as usize];
        (!self.some_weightless || slot.spec.weight > 0) && (!self.some_rest || !slot.rests())
    }

    /// Notes whether weights mean anything, and whether rest does, after endpoints changed.
    pub(crate) fn weigh(&mut self) {
        let slots = || self.active.iter().map(|&index| &self.endpoints[index as usize]);
        let has_weight = slots().any(|slot| slot.spec.weight > 0);
        let could_serve = || slots().filter(|slot| !has_weight || slot.spec.weight > 0);
        // If all of those rest, none does.
        let some_rest = slots().any(EndpointSlot::rests) && !could_serve().all(EndpointSlot::rests);
        self.some_weightless = has_weight && slots().any(|slot| slot.spec.weight == 0);
        self.some_rest = some_rest;
        self.some_unloaded = self.some_weightless || self.some_rest;
    }

    pub(crate) fn add_endpoint(&mut self, spec: Arc<Endpoint>) -> u32 {
        let index = self.free_endpoints.pop().unwrap_or_else(|| {
            self.endpoints.push(EndpointSlot::vacant());
            u32::try_from(self.endpoints.len() - 1).expect("fewer than 2^32 endpoints")
        });
        self.endpoints[index as usize].occupy(spec);
        self.active.push(index);
        index
    }

    /// The endpoint is no longer named. Its place stays taken until its last connection is closed.
    pub(crate) fn remove_endpoint(&mut self, index: u32) {
        if std::mem::take(&mut self.endpoints[index as usize].active) {
            self.active.retain(|&other| other != index);
        }
        let slot = &mut self.endpoints[index as usize];
        if slot.open == 0 {
            self.retire_endpoint(index);
        }
    }

    fn retire_endpoint(&mut self, index: u32) {
        let tally = self.endpoints[index as usize].vacate();
        self.retired.absorb(&tally);
        self.free_endpoints.push(index);
    }
}
