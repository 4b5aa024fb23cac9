//! A pool on paper, to show views to a policy under test without a machine.
//!
//! ```
//! use pool_core::fixture::Paper;
//! use pool_core::{Endpoint, Time};
//!
//! let mut paper = Paper::new();
//! let a = paper.endpoint(Endpoint::new("a:1"));
//! let first = paper.idle(a, Time::ZERO);
//! let second = paper.idle(a, Time::ZERO);
//! assert_eq!(paper.idle_view(a).oldest().map(|conn| conn.id()), Some(first));
//! assert_eq!(paper.idle_view(a).newest().map(|conn| conn.id()), Some(second));
//! ```

use std::sync::Arc;
use std::time::Duration;

use crate::book::{Book, NIL, State};
use crate::returns::Marks;
use crate::view::{Burden, Offer, Room};
use crate::{
    ConnView, Cx, Endpoint, EndpointId, EndpointsView, EntryId, IdleView, LeaseView, Outcome, Random, Time, UsageView,
};

/// How many connections an endpoint on paper may have.
const ROOM: u32 = 64;

/// A pool on paper: connections and endpoints in the state that a test wants.
#[derive(Debug)]
pub struct Paper {
    book: Book,
    now: Time,
    random: Random,
    /// Leases that only take up room.
    fillers: Vec<(EndpointId, EntryId)>,
}

impl Default for Paper {
    fn default() -> Paper {
        Paper::new()
    }
}

impl Paper {
    /// An empty pool at time zero, with seed 0.
    pub fn new() -> Paper {
        Paper { book: Book::default(), now: Time::ZERO, random: Random::with_seed(0), fillers: Vec::new() }
    }

    /// Another seed.
    pub fn seed(&mut self, seed: u64) {
        self.random = Random::with_seed(seed);
    }

    /// The present of this pool.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) {
        self.now = self.now.after(by);
    }

    /// An endpoint joins.
    pub fn endpoint(&mut self, endpoint: Endpoint) -> EndpointId {
        let index = self.book.add_endpoint(Arc::new(endpoint));
        self.book.weigh();
        self.book.endpoint_id(index)
    }

    /// An endpoint leaves, its connections with it.
    pub fn remove_endpoint(&mut self, id: EndpointId) {
        let Some(index) = self.book.find_endpoint(id) else { return };
        for slot in 0..self.book.slots.len() {
            if self.book.slots[slot].occupied && self.book.slots[slot].endpoint == index {
                let entry = self.book.id_of(slot as u32);
                self.close(entry);
            }
        }
        self.fillers.retain(|filler| filler.0 != id);
        self.book.remove_endpoint(index);
        self.book.weigh();
    }

    /// An idle connection, born at `created` and released now, as the newest.
    ///
    /// # Panics
    /// If the endpoint is not part of the pool, as everything here that is given a wrong id.
    pub fn idle(&mut self, endpoint: EndpointId, created: Time) -> EntryId {
        let index = self.book.find_endpoint(endpoint).expect("an endpoint of this pool");
        let draw = self.random.unit();
        let id = self.book.open_slot(index, created, draw, Marks::new());
        self.book.set_state(id.index, State::Idle, self.now);
        self.book.link(id.index);
        id
    }

    /// An idle connection becomes leased.
    pub fn lease(&mut self, id: EntryId) {
        let index = self.book.find(id).expect("a connection of this pool");
        self.book.unlink(index);
        self.book.set_state(index, State::Leased, self.now);
        self.book.slots[index as usize].uses += 1;
    }

    /// A leased connection becomes idle, as the newest.
    pub fn release(&mut self, id: EntryId) {
        let index = self.book.find(id).expect("a connection of this pool");
        self.book.set_state(index, State::Idle, self.now);
        self.book.link(index);
    }

    /// A connection is gone.
    pub fn close(&mut self, id: EntryId) {
        let index = self.book.find(id).expect("a connection of this pool");
        if self.book.slots[index as usize].linked {
            self.book.unlink(index);
        }
        self.book.free_slot(index);
    }

    /// Whether an endpoint has no room for another dial: leases take up the rest of its 64 places,
    /// and are gone again when it is no longer full. Its idle connections still serve.
    pub fn set_full(&mut self, endpoint: EndpointId, full: bool) {
        let index = self.book.find_endpoint(endpoint).expect("an endpoint of this pool");
        while full && self.book.endpoints[index as usize].open < ROOM {
            let id = self.idle(endpoint, self.now);
            self.lease(id);
            self.fillers.push((endpoint, id));
        }
        if !full {
            let gone: Vec<_> = self.fillers.extract_if(.., |filler| filler.0 == endpoint).collect();
            gone.into_iter().for_each(|(_, id)| self.close(id));
        }
    }

    /// Whether an endpoint's last dial failed and its back-off never ends. Its idle connections
    /// still serve.
    pub fn set_sick(&mut self, endpoint: EndpointId, sick: bool) {
        let index = self.book.find_endpoint(endpoint).expect("an endpoint of this pool") as usize;
        self.book.endpoints[index].failures = u32::from(sick);
        self.book.endpoints[index].careful = sick;
        self.book.endpoints[index].retry_at = if sick { Time::NEVER } else { Time::ZERO };
    }

    /// The idle connections of one endpoint.
    pub fn idle_view(&self, endpoint: EndpointId) -> IdleView<'_> {
        let index = self.book.find_endpoint(endpoint).expect("an endpoint of this pool");
        IdleView::of_endpoint(&self.book, index, self.now)
    }

    /// The idle connections of the whole pool.
    pub fn pool_view(&self) -> IdleView<'_> {
        IdleView::of_pool(&self.book, self.now)
    }

    /// One connection.
    pub fn conn_view(&self, id: EntryId) -> ConnView<'_> {
        let index = self.book.find(id).expect("a connection of this pool");
        self.book.conn_view(index, self.now)
    }

    /// A lease that ends.
    pub fn lease_view(&self, id: EntryId, outcome: Outcome) -> LeaseView<'_> {
        let conn = self.conn_view(id);
        LeaseView { conn, outcome, held_for: self.now.since(conn.slot.since) }
    }

    /// How many of an endpoint's connections are in use, and were at most: so many, or those in use if there are more.
    pub fn usage_view(&self, endpoint: EndpointId, most_used: u32) -> UsageView<'_> {
        let index = self.book.find_endpoint(endpoint).expect("an endpoint of this pool");
        UsageView { slot: &self.book.endpoints[index as usize], id: endpoint, peak: most_used }
    }

    /// The endpoints; those with an idle connection or with room are eligible.
    pub fn endpoints_view(&self) -> EndpointsView<'_> {
        let offer = Offer {
            idle: true,
            room: Some(Room { most: ROOM, closing: true, dialing: true }),
            burden: Burden::ANY,
            healthy: false,
            without: NIL,
        };
        EndpointsView { book: &self.book, offer, now: self.now }
    }

    /// Calls a policy with a view and the circumstances.
    pub fn with_cx<R>(&mut self, key: Option<u64>, call: impl FnOnce(&Paper, &mut Cx<'_>) -> R) -> R {
        let mut random = self.random.clone();
        let result = call(self, &mut Cx { now: self.now, key, random: &mut random });
        self.random = random;
        result
    }
}
