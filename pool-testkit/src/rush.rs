//! A rush on paper: callers that come back as soon as they are done, endpoints that are slow or fail.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use pool_core::{EndpointId, EntryId, Outcome, Time};

use crate::Subject;
use crate::traffic::Traffic;

/// How leases of an endpoint go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) takes: Duration,
    pub(crate) ends: Outcome,
}

impl Manner {
    /// Well, in 10 ms.
    pub(crate) const GOOD: Manner = Manner { takes: Duration::from_millis(10), ends: Outcome::Ok };
}

/// So many callers, each of which asks again as soon as its lease has ended.
pub(crate) struct Rush {
    pub(crate) traffic: Traffic,
    callers: usize,
    /// Leases by their end, the next one first; of those that end together the one that began first.
    leases: BinaryHeap<Reverse<(Time, u64, EntryId)>>,
    granted: u64,
    manners: HashMap<EndpointId, Manner>,
}

impl Rush {
    /// Callers, and endpoints of these weights where all goes well.
    pub(crate) fn new(subject: &Subject, seed: u64, callers: usize, weights: &[u32]) -> (Rush, Vec<EndpointId>) {
        let (traffic, endpoints) = Traffic::with_weights(subject, seed, weights);
        let (leases, manners) = (BinaryHeap::new(), HashMap::new());
        (Rush { traffic, callers, leases, granted: 0, manners }, endpoints)
    }

    /// Leases of this endpoint go so from now on.
    pub(crate) fn behaves(&mut self, endpoint: EndpointId, manner: Manner) {
        self.manners.insert(endpoint, manner);
    }

    /// The next lease: whose, or what is wrong with the pick.
    pub(crate) fn grant(&mut self) -> Result<EndpointId, String> {
        while self.leases.len() >= self.callers {
            self.end_next();
        }
        let decision = self.traffic.pick();
        let id = self.traffic.checked(decision)?;
        let conn = self.traffic.begin(id);
        let takes = self.manner(id).takes.mul_f64(0.5 + self.traffic.dice.unit());
        self.granted += 1;
        self.leases.push(Reverse((self.traffic.paper.now().after(takes), self.granted, conn)));
        Ok(id)
    }

    /// How many of so many leases each of these endpoints got.
    pub(crate) fn tally(&mut self, grants: usize, endpoints: &[EndpointId]) -> Result<Vec<usize>, String> {
        let mut served = vec![0; endpoints.len()];
        for _ in 0..grants {
            let id = self.grant()?;
            endpoints.iter().position(|&it| it == id).into_iter().for_each(|at| served[at] += 1);
        }
        Ok(served)
    }

    fn end_next(&mut self) {
        let Some(Reverse((at, _, conn))) = self.leases.pop() else { return };
        let paper = &mut self.traffic.paper;
        paper.advance(at.since(paper.now()));
        let outcome = self.manner(self.traffic.paper.conn_view(conn).endpoint()).ends;
        self.traffic.end(conn, outcome);
    }

    fn manner(&self, endpoint: EndpointId) -> Manner {
        self.manners.get(&endpoint).copied().unwrap_or(Manner::GOOD)
    }
}
