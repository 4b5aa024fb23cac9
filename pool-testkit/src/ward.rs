//! A ward on paper: a health policy, endpoints that do well or badly, and what was last said of each.

use std::collections::BTreeMap;
use std::time::Duration;

use pool_core::fixture::Paper;
use pool_core::{
    Endpoint, EndpointId, HealthPolicy, Membership, Outcome, Random, Reason, Review, Standing, Standings, Time,
};

use crate::Subject;
use crate::heir::Stranger;

/// A word on an endpoint.
pub(crate) type Word = (EndpointId, Standing, Reason);

/// Endpoints under the eyes of a health policy.
pub(crate) struct Ward {
    pub(crate) paper: Paper,
    pub(crate) dice: Random,
    pub(crate) endpoints: Vec<EndpointId>,
    policy: Box<dyn HealthPolicy>,
    standings: BTreeMap<EndpointId, Standing>,
    /// When it wants to be asked.
    next: Time,
    joined: usize,
}

impl Ward {
    /// With some endpoints, at this time.
    pub(crate) fn at(subject: &Subject, seed: u64, origin: Time) -> Ward {
        let mut paper = Paper::new();
        paper.advance(origin.since(Time::ZERO));
        paper.seed(seed);
        let (dice, policy) = (Random::with_seed(seed ^ 0x0dd_4ea1), subject.health());
        let (endpoints, standings) = (Vec::new(), BTreeMap::new());
        let mut ward = Ward { paper, dice, endpoints, policy, standings, next: Time::ZERO, joined: 0 };
        for _ in 0..3 + ward.dice.below(5) {
            ward.join();
        }
        ward
    }

    /// With so many endpoints.
    pub(crate) fn of_size(subject: &Subject, seed: u64, size: usize) -> Ward {
        let mut ward = Ward::at(subject, seed, Time::ZERO.after(Duration::from_secs(10)));
        while ward.endpoints.len() > size {
            ward.leave(0);
        }
        while ward.endpoints.len() < size {
            ward.join();
        }
        ward
    }

    pub(crate) fn join(&mut self) -> EndpointId {
        self.joined += 1;
        let endpoint = Endpoint::new(format!("{}:1", self.joined));
        let id = self.paper.endpoint(endpoint.clone());
        self.policy.membership(Membership::Joined(id, &endpoint));
        self.endpoints.push(id);
        self.next = self.paper.now();
        id
    }

    pub(crate) fn leave(&mut self, at: usize) -> EndpointId {
        let id = self.endpoints.swap_remove(at);
        self.paper.remove_endpoint(id);
        self.policy.membership(Membership::Left(id));
        self.standings.remove(&id);
        self.next = self.paper.now();
        id
    }

    /// A lease of this endpoint ends.
    pub(crate) fn ended(&mut self, id: EndpointId, outcome: Outcome) {
        let took = Duration::from_millis(self.dice.below(20) as u64);
        let review = self.paper.with_cx(None, |_, cx| self.policy.ended(id, outcome, took, cx));
        self.heed(review);
    }

    /// A dial to this endpoint ends.
    pub(crate) fn dialed(&mut self, id: EndpointId, succeeded: bool) {
        let review = self.paper.with_cx(None, |_, cx| self.policy.dialed(id, succeeded, cx));
        self.heed(review);
    }

    fn heed(&mut self, review: Review) {
        if review == Review::Now {
            self.next = self.paper.now();
        }
    }

    /// Tells the policy of one that it need not know.
    pub(crate) fn tell_left(&mut self, id: EndpointId) {
        self.policy.membership(Membership::Left(id));
    }

    /// What the policy says, if it wants to be asked by now.
    pub(crate) fn review(&mut self) -> Vec<Word> {
        if self.paper.now() < self.next {
            return Vec::new();
        }
        let mut said = Standings::new();
        self.next = self.paper.with_cx(None, |paper, cx| self.policy.review(&paper.endpoints_view(), &mut said, cx));
        let words: Vec<Word> = said.iter().collect();
        self.standings.extend(words.iter().map(|&(id, standing, _)| (id, standing)));
        words
    }

    /// When it wants to be asked again.
    pub(crate) fn next_review(&self) -> Time {
        self.next
    }

    pub(crate) fn standing(&self, id: EndpointId) -> Standing {
        self.standings.get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn rests(&self, id: EndpointId) -> bool {
        self.standing(id) == Standing::Rests
    }

    /// Something happens: leases end, time passes, an endpoint joins or leaves.
    pub(crate) fn step(&mut self) {
        match self.dice.below(24) {
            0 if self.endpoints.len() < 12 => {
                self.join();
            }
            1 if self.endpoints.len() > 1 => {
                let at = self.dice.below(self.endpoints.len());
                self.leave(at);
            }
            2..=6 => self.paper.advance(Duration::from_millis(1 << self.dice.below(15))),
            7 => {
                let (id, succeeded) = (self.any(), self.dice.below(2) == 0);
                self.dialed(id, succeeded);
            }
            _ => self.some_leases(),
        }
    }

    /// Some leases of one endpoint end, mostly well or mostly badly.
    fn some_leases(&mut self) {
        let id = self.any();
        let badly = self.dice.below(3) == 0;
        for _ in 0..=self.dice.below(12) {
            let others = [Outcome::Failed, Outcome::Broken, Outcome::Panicked, Outcome::Discarded, Outcome::Detached];
            let slips = self.dice.below(8) == 0;
            let outcome = if badly != slips { others[self.dice.below(others.len())] } else { Outcome::Ok };
            self.ended(id, outcome);
        }
    }

    fn any(&mut self) -> EndpointId {
        self.endpoints[self.dice.below(self.endpoints.len())]
    }

    /// Another policy, told of all endpoints, takes the place of this one, and of something that is none.
    pub(crate) fn succeed(&mut self, subject: &Subject) {
        let mut new = subject.health();
        for view in self.paper.endpoints_view().iter() {
            new.membership(Membership::Joined(view.id(), view.spec()));
        }
        new.inherit(&mut Stranger);
        new.inherit(&mut *self.policy);
        self.policy = new;
        self.next = self.paper.now();
    }

    /// How much the policy has to say of itself.
    pub(crate) fn debug_len(&self) -> usize {
        format!("{:?}", self.policy).len()
    }
}
