//! Endpoints come and go.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::Machine;
use crate::book::NIL;
use crate::{CloseReason, Endpoint, FillMoments, Membership, Payload, RefusalKind, Time, What};

impl<P: Payload> Machine<P> {
    /// A source of endpoints will speak: until it does, callers wait for it instead of being told
    /// that there is no endpoint.
    pub fn expect_endpoints(&mut self) {
        self.expecting = true;
    }

    /// The endpoints from now on, a whole set, in its order. Connections of those that stay, stay.
    /// Of two with the same name the first counts.
    pub fn set_endpoints(&mut self, endpoints: Vec<Endpoint>, now: Time) {
        self.draw_in(now);
        // Until all of the new set are there, nobody is without hope, though all of the old one leave.
        self.expecting = true;
        let mut addresses = HashMap::new();
        let mut wanted = endpoints;
        wanted.retain(|endpoint| match addresses.entry(endpoint.name().to_owned()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(endpoint.address.clone());
                true
            }
        });
        let mut stay = HashMap::new();
        let mut leave = Vec::new();
        for &index in &self.book.active {
            let spec = &self.book.endpoints[index as usize].spec;
            if addresses.get(spec.name()) == Some(&spec.address) {
                stay.insert(spec.name().to_owned(), index);
            } else {
                leave.push(index);
            }
        }
        // Deactivated first, so that what follows neither dials there nor hands out.
        for &index in &leave {
            self.book.endpoints[index as usize].active = false;
        }
        let endpoints = &self.book.endpoints;
        self.book.active.retain(|&index| endpoints[index as usize].active);
        for index in leave {
            self.remove_endpoint(index, now);
        }
        let place = |endpoint: Endpoint| match stay.get(endpoint.name()) {
            Some(&index) => self.keep_endpoint(index, endpoint, now),
            None => self.add_endpoint(Arc::new(endpoint), now),
        };
        self.book.active = wanted.into_iter().map(place).collect();
        self.expecting = false;
        self.book.weigh();
        self.note_fill(FillMoments::START);
        self.vacated = true;
        self.pump(None, now);
        self.refuse_stranded(now);
    }

    /// The source of endpoints could not be read: the set stays, and it is told.
    pub fn discovery_failed(&mut self, error: Arc<str>, now: Time) {
        self.tell(now, |_| What::DiscoveryFailed { error });
        self.expecting = false;
        self.refuse_stranded(now);
    }

    fn keep_endpoint(&mut self, index: u32, endpoint: Endpoint, now: Time) -> u32 {
        if *self.book.endpoints[index as usize].spec != endpoint {
            let endpoint = Arc::new(endpoint);
            self.book.endpoints[index as usize].spec = Arc::clone(&endpoint);
            let id = self.book.endpoint_id(index);
            self.tell_health_of_member(Membership::Changed(id, &endpoint), now);
            self.judge.tell_balance(now, |policy| policy.membership(Membership::Changed(id, &endpoint)));
            self.tell(now, |_| What::EndpointChanged { endpoint });
        }
        index
    }

    fn add_endpoint(&mut self, endpoint: Arc<Endpoint>, now: Time) -> u32 {
        let index = self.book.add_endpoint(Arc::clone(&endpoint));
        let id = self.book.endpoint_id(index);
        self.tell_health_of_member(Membership::Joined(id, &endpoint), now);
        self.judge.tell_balance(now, |policy| policy.membership(Membership::Joined(id, &endpoint)));
        self.tell(now, |_| What::EndpointJoined { endpoint });
        index
    }

    fn remove_endpoint(&mut self, index: u32, now: Time) {
        let id = self.book.endpoint_id(index);
        let endpoint = Arc::clone(&self.book.endpoints[index as usize].spec);
        self.tell_health_of_member(Membership::Left(id), now);
        self.judge.tell_balance(now, |policy| policy.membership(Membership::Left(id)));
        self.judge.tell_left(id, now);
        self.forgive_all_at(index);
        self.send_owners_back(|slot| slot.endpoint == index);
        // Who did not ask for this one is served by another.
        self.waiters.let_go(index);
        self.refuse_all(Some(index), RefusalKind::NoEndpoint, now);
        for slot in 0..self.book.slots.len() as u32 {
            let here = self.book.slots[slot as usize].occupied && self.book.slots[slot as usize].endpoint == index;
            if here {
                self.book.set_stale(slot);
                self.retire_held(slot, CloseReason::ENDPOINT_REMOVED, now);
            }
        }
        self.book.remove_endpoint(index);
        self.tell(now, |_| What::EndpointLeft { endpoint });
    }

    /// Refuses those who do not care which endpoint, if there is none left that could serve.
    fn refuse_stranded(&mut self, now: Time) {
        if self.waiters.queued_any() > 0 && !self.has_hope(None, now) {
            let kind = if self.has_endpoint() { RefusalKind::Dial } else { RefusalKind::NoEndpoint };
            self.refuse_all(None, kind, now);
        }
    }

    /// Introduces all endpoints to a balance policy that is new.
    pub(super) fn introduce_endpoints(&mut self, now: Time) {
        for place in 0..self.book.active.len() {
            let index = self.book.active[place];
            let (id, spec) = (self.book.endpoint_id(index), Arc::clone(&self.book.endpoints[index as usize].spec));
            self.judge.tell_balance(now, |policy| policy.membership(Membership::Joined(id, &spec)));
        }
    }

    /// Where an event says that it happened; `None` if it was anywhere.
    pub(super) fn spec_at(&self, endpoint: Option<u32>) -> Option<Arc<Endpoint>> {
        endpoint.filter(|&index| index != NIL).map(|index| Arc::clone(&self.book.endpoints[index as usize].spec))
    }
}
